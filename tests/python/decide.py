"""Decides one applicant through stubs generated from the proto.

usage: decide.py ADDRESS STUBS RULE_SET ACCOUNT NAME

STUBS is the directory into which grpc_tools.protoc wrote the stubs. Prints the decision as JSON.
"""

import json
import sys

import grpc


def main(address, stubs, rule_set, account, name):
    sys.path.insert(0, stubs)
    from underwrite.v1 import application_pb2 as application
    from underwrite.v1 import decision_pb2 as decision
    from underwrite.v1 import decision_service_pb2 as service
    from underwrite.v1 import decision_service_pb2_grpc as service_grpc
    from underwrite.v1 import replay_service_pb2 as replay
    from underwrite.v1 import replay_service_pb2_grpc as replay_grpc
    from underwrite.v1 import types_pb2 as types

    request = service.DecideRequest(
        idempotency_key="python-1",
        rule_set=rule_set,
        view=decision.DECISION_VIEW_SUMMARY,
        application=application.Application(
            id="python-app-1",
            product="personal_loan",
            requested_amount=types.Money(amount="1000.00", currency="USD"),
            term=application.Term(count=12, unit=application.TERM_UNIT_MONTHS),
            repayment_frequency=application.REPAYMENT_FREQUENCY_MONTHLY,
            purpose="car repair",
            applicants=[
                application.Applicant(
                    id="p1",
                    role=application.APPLICANT_ROLE_PRIMARY,
                    identity=application.Identity(name=name),
                    account_ids=[account],
                )
            ],
        ),
    )
    with grpc.insecure_channel(address) as channel:
        stub = service_grpc.DecisionServiceStub(channel)
        answer = stub.Decide(request, timeout=60)
        assert answer.WhichOneof("result") == "decision", answer
        again = stub.Decide(request, timeout=60)
        assert again.decision == answer.decision, "the same request gave another decision"
        read = stub.GetDecision(
            service.GetDecisionRequest(
                id=answer.decision.id, view=decision.DECISION_VIEW_SUMMARY
            ),
            timeout=60,
        )
        assert read.decision == answer.decision, "reading it back gave another decision"

        refused = None
        try:
            stub.Decide(service.DecideRequest(rule_set=rule_set), timeout=60)
        except grpc.RpcError as error:
            refused = error.code().name
        assert refused == "INVALID_ARGUMENT", refused

        runs = replay_grpc.ReplayServiceStub(channel)
        asked = replay.RunReplayRequest(reproduction=replay.Reproduction())
        for told in runs.RunReplay(asked, timeout=60):
            run = told.replay
        assert run.state == replay.REPLAY_STATE_DONE, run
        assert run.reproduction.reproduced == 1, run

    print(
        json.dumps(
            {
                "id": answer.decision.id,
                "outcome": types.Outcome.Name(answer.decision.outcome),
                "reasons": [reason.code for reason in answer.decision.reasons],
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
