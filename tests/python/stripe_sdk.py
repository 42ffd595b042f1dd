"""Drives a Financial Connections server with the official Python library.

usage: stripe_sdk.py BASE HEALTHY JOINT SLOW DISCONNECTED UNPERMITTED

BASE is the server's URL, the others are ids of accounts. Prints what it saw as JSON; how a
refusal is raised is checked here, since the classes of errors are the library's own.
"""

import json
import sys
import time

import stripe


def client(base, key="sk_test_python"):
    return stripe.StripeClient(key, base_addresses={"api": base}, max_network_retries=0)


def refused(call, kind):
    try:
        call()
    except stripe.StripeError as error:
        assert type(error) is kind, error
        assert error.request_id.startswith("req_"), error.headers
        return {"status": error.http_status, "code": error.code, "param": getattr(error, "param", None)}
    raise AssertionError("it was not refused")


def settled(api, account):
    for _ in range(600):
        found = api.accounts.retrieve(account)
        if found.transaction_refresh.status != "pending":
            return found
        time.sleep(0.02)
    raise AssertionError("the refresh never settled")


def refresh(api, account):
    features = {"features": ["balance", "ownership", "transactions"]}
    began = time.monotonic()
    before = api.accounts.refresh(account, features)
    after = settled(api, account)
    return {
        "before": before.transaction_refresh.status,
        "after": after.transaction_refresh.status,
        "balance": after.balance.current["usd"],
        "seconds": int(time.monotonic() - began),
    }


def transactions(api, account):
    rows = list(api.transactions.list({"account": account, "limit": 50}).auto_paging_iter())
    half = rows[len(rows) // 2].transacted_at
    later = api.transactions.list({"account": account, "limit": 100, "transacted_at": {"gte": half}})
    later = list(later.auto_paging_iter())
    assert [row.id for row in later] == [row.id for row in rows if row.transacted_at >= half]
    one = api.transactions.retrieve(rows[0].id)
    assert one == rows[0], one
    newest = api.accounts.retrieve(account).transaction_refresh.id
    new = {"account": account, "transaction_refresh": {"after": newest}}
    assert api.transactions.list(new).data == []
    return {"ids": [row.id for row in rows], "sum": sum(row.amount for row in rows)}


def owners(api, account):
    plain = api.accounts.retrieve(account)
    expanded = api.accounts.retrieve(account, {"expand": ["ownership"]})
    assert expanded.ownership.id == plain.ownership
    pages = api.accounts.owners.list(account, {"ownership": plain.ownership, "limit": 1})
    names = [owner.name for owner in pages.auto_paging_iter()]
    assert names == [owner.name for owner in expanded.ownership.owners.data]
    # The list inside the object knows where its next page is.
    assert names == [owner.name for owner in expanded.ownership.owners.auto_paging_iter()]
    return names


def refusals(base, api, healthy, disconnected, unpermitted):
    invalid, wrong_key = stripe.InvalidRequestError, stripe.AuthenticationError
    stranger = client(base, "sk_test_invalid").v1.financial_connections
    balance = {"features": ["balance"]}
    calls = {
        "unknown_parameter": (lambda: api.accounts.list({"flavor": "x"}), invalid),
        "unknown_feature": (lambda: api.accounts.refresh(healthy, {"features": ["x"]}), invalid),
        "limit": (lambda: api.accounts.list({"limit": 101}), invalid),
        "wrong_key": (lambda: stranger.accounts.retrieve(healthy), wrong_key),
        "no_account": (lambda: api.accounts.retrieve("fca_nobody"), invalid),
        "no_transaction": (lambda: api.transactions.retrieve("fctxn_nothing"), invalid),
        "disconnected": (lambda: api.accounts.refresh(disconnected, balance), invalid),
        "unpermitted": (lambda: api.transactions.list({"account": unpermitted}), invalid),
    }
    return {name: refused(call, kind) for name, (call, kind) in calls.items()}


def main(base, healthy, joint, slow, disconnected, unpermitted):
    api = client(base).v1.financial_connections
    customer = api.accounts.retrieve(healthy).account_holder.customer
    held = api.accounts.list({"account_holder": {"customer": customer}})
    assert healthy in [account.id for account in held.data], held
    gone = api.accounts.retrieve(disconnected)
    seen = {
        "accounts": [account.id for account in api.accounts.list({"limit": 7}).auto_paging_iter()],
        "transactions": transactions(api, healthy),
        "owners": owners(api, joint),
        "refresh": refresh(api, healthy),
        "slow_refresh": refresh(api, slow),
        "disconnected": {"status": gone.status, "balance": gone.balance},
        "refused": refusals(base, api, healthy, disconnected, unpermitted),
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main(*sys.argv[1:])
