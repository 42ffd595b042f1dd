"""Decides one applicant knowing only the address: everything else comes by server reflection.

usage: reflect.py ADDRESS < request.json

The request is a DecideRequest in proto JSON. Prints the answer in proto JSON. No stub of the
service is generated or imported.
"""

import sys

import grpc
from google.protobuf import descriptor_pool, json_format, message_factory
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)


def main(address):
    with grpc.insecure_channel(address) as channel:
        database = ProtoReflectionDescriptorDatabase(channel)
        pool = descriptor_pool.DescriptorPool(database)
        methods = [
            (name, method)
            for name in database.get_services()
            for method in pool.FindServiceByName(name).methods
            if method.name == "Decide"
        ]
        assert len(methods) == 1, f"one method called Decide was expected: {methods}"
        service, method = methods[0]
        request = message_factory.GetMessageClass(method.input_type)()
        json_format.Parse(sys.stdin.read(), request, descriptor_pool=pool)
        call = channel.unary_unary(
            f"/{service}/{method.name}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=message_factory.GetMessageClass(
                method.output_type
            ).FromString,
        )
        answer = call(request, timeout=60)
        print(json_format.MessageToJson(answer, descriptor_pool=pool))


if __name__ == "__main__":
    main(*sys.argv[1:])
