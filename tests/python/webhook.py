"""Signs and opens webhooks with the official Python library.

usage: webhook.py < INPUT

INPUT has a secret, a time to sign at, and cases: bodies with the header that somebody else made.
Prints for each, as JSON: the id of the event and of its account as the library opens it, whether
it refuses the body when it was changed, and the header that it would sign with.
"""

import json
import sys

import stripe


def opened(client, case, secret):
    body, header = case["body"].encode(), case["header"]
    if json.loads(body)["object"] == "v2.core.event":
        event = client.parse_event_notification(body, header, secret)
        return event.id, event.related_object.id
    event = client.construct_event(body, header, secret)
    return event.id, event.data.object["id"]


def refuses(client, case, secret):
    try:
        opened(client, {**case, "body": case["body"] + " "}, secret)
    except stripe.SignatureVerificationError:
        return True
    return False


given = json.load(sys.stdin)
secret = given["secret"]
client = stripe.StripeClient("sk_test_python")
seen = []
for case in given["cases"]:
    event, account = opened(client, case, secret)
    sign = stripe.WebhookSignature.generate_signature_header
    seen.append(
        {
            "opened": event,
            "account": account,
            "refused": refuses(client, case, secret),
            "header": sign(case["body"], secret, given["time"]),
        }
    )
print(json.dumps(seen))
