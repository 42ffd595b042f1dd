"""Drives a Financial Connections server with the official Python library.

usage: stripe_sdk.py BASE HEALTHY JOINT SLOW DISCONNECTED UNPERMITTED

BASE is the server's URL, the others are ids of accounts. Its input is JSON: a list of objects of
`id`, `object` and `stripe_account`. Prints what it saw as JSON; how a refusal is raised is checked
here, since the classes of errors are the library's own, and so is the shape of every object, since
its types say which fields are always there.
"""

import json
import sys
import time
import typing

import stripe


def client(base, key="sk_test_python"):
    return stripe.StripeClient(key, base_addresses={"api": base}, max_network_retries=0)


def refused(call, kind):
    try:
        call()
    except stripe.StripeError as error:
        assert type(error) is kind, error
        assert error.request_id.startswith("req_"), error.headers
        # The library drops the code of an error of permission.
        code = error.json_body["error"].get("code")
        return {"status": error.http_status, "code": code, "param": getattr(error, "param", None)}
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
    v1, nobody = client(base).v1, {"stripe_account": "acct_nobody"}
    deep = {"expand": ["payments.data.payment.payment_intent.payment_method"]}
    calls = {
        "no_access": (
            lambda: v1.customers.retrieve("cus_sample_salaried", options=nobody),
            stripe.PermissionError,
        ),
        "too_deep": (lambda: v1.invoices.retrieve("in_sample_salaried", deep), invalid),
        "no_expansion": (
            lambda: v1.payment_methods.retrieve("pm_sample_salaried", {"expand": ["card"]}),
            invalid,
        ),
        "no_permissions": (
            lambda: api.sessions.create({"account_holder": {"type": "customer", "customer": "cus_sample_joint"}}),
            invalid,
        ),
        "unsubscribable": (lambda: api.accounts.subscribe(healthy, {"features": ["balance"]}), invalid),
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


def misshapen(value, at):
    """What of an object is not as the library's types have it."""
    if isinstance(value, list):
        return [found for item in value for found in misshapen(item, at)]
    if not isinstance(value, stripe.StripeObject):
        return []
    fields, known = value.to_dict(), {}
    for kind in type(value).__mro__:
        if kind.__module__.split(".")[-1] not in ("_stripe_object", "_api_resource", "_list_object"):
            known |= getattr(kind, "__annotations__", {})
    known = {name: kind for name, kind in known.items() if "ClassVar" not in str(kind) and name[0] != "_"}
    found = []
    if known:
        needed = [name for name, kind in known.items() if type(None) not in typing.get_args(kind)]
        found += [f"{at}: no {name}" for name in needed if fields.get(name) is None]
        found += [f"{at}: unknown {name}" for name in fields if name not in known]
    for name in fields:
        found += misshapen(value[name], f"{at}.{name}")
    return found


def shaped(value):
    assert misshapen(value, value.object) == []
    return value


def linked(method):
    account = shaped(method).us_bank_account.financial_connections_account
    return [account] if account else []


def through_checkout(v1, handle, options):
    expand = ["payment_intent.payment_method", "setup_intent.payment_method"]
    expand.append("subscription.default_payment_method")
    found = shaped(v1.checkout.sessions.retrieve(handle, {"expand": expand}, options))
    if found.mode == "subscription":
        return linked(found.subscription.default_payment_method)
    intent = found.payment_intent if found.mode == "payment" else found.setup_intent
    return linked(intent.payment_method)


def through_invoice(v1, handle, options):
    expand = {"expand": ["payments.data.payment.payment_intent"]}
    found = shaped(v1.invoices.retrieve(handle, expand, options))
    [payment] = found.payments.data
    method = payment.payment.payment_intent.payment_method
    expand = {"invoice": handle, "expand": ["data.payment.payment_intent.payment_method"]}
    [listed] = v1.invoice_payments.list(expand, options).auto_paging_iter()
    assert shaped(listed).payment.payment_intent.payment_method.id == method
    return linked(v1.payment_methods.retrieve(method, options=options))


def held(v1, holder, options):
    accounts = v1.financial_connections.accounts.list({"account_holder": holder, "limit": 1}, options)
    return [account.id for account in accounts.auto_paging_iter()]


def through_account(v1, handle, options):
    kind = shaped(v1.accounts.retrieve(handle, options=options)).type
    if kind == "standard":
        seen = refused(lambda: held(v1, {"account": handle}, options), stripe.PermissionError)
        assert seen["status"] == 403, seen
        return []
    return held(v1, {"account": handle}, options)


def through_session(v1, handle, options):
    found = v1.financial_connections.sessions.retrieve(handle, options=options)
    linked = [account.id for account in shaped(found).accounts.data]
    listed = v1.financial_connections.accounts.list({"session": handle}, options)
    assert [account.id for account in listed.data] == linked
    return linked


def resolve(v1, handle):
    """The accounts behind a handle, found as Stripe's documentation says."""
    name, account = handle["id"], handle["stripe_account"]
    options = {"stripe_account": account} if account else {}
    method, default = {"expand": ["payment_method"]}, {"expand": ["default_payment_method"]}
    ways = {
        "account": lambda: through_account(v1, name, options),
        "checkout.session": lambda: through_checkout(v1, name, options),
        "customer": lambda: shaped(v1.customers.retrieve(name, options=options))
        and held(v1, {"customer": name}, options),
        "financial_connections.session": lambda: through_session(v1, name, options),
        "invoice": lambda: through_invoice(v1, name, options),
        "payment_intent": lambda: linked(
            shaped(v1.payment_intents.retrieve(name, method, options)).payment_method
        ),
        "payment_method": lambda: linked(v1.payment_methods.retrieve(name, options=options)),
        "setup_intent": lambda: linked(shaped(v1.setup_intents.retrieve(name, method, options)).payment_method),
        "subscription": lambda: linked(
            shaped(v1.subscriptions.retrieve(name, default, options)).default_payment_method
        ),
    }
    return {"id": name, "on": account, "accounts": ways[handle["object"]]()}


def changes(api, joint):
    holder = api.accounts.retrieve(joint).account_holder.customer
    wanted = {
        "account_holder": {"type": "customer", "customer": holder},
        "permissions": ["balances", "transactions"],
        "prefetch": ["balances"],
        "filters": {"account_subcategories": ["checking"]},
    }
    made = shaped(api.sessions.create(wanted))
    again = api.sessions.retrieve(made.id)
    assert again == made and made.client_secret and made.filters.account_subcategories == ["checking"]
    features = {"features": ["transactions"]}
    subscribed = shaped(api.accounts.subscribe(joint, features))
    refreshed = settled(api, joint)
    unsubscribed = api.accounts.unsubscribe(joint, features)
    disconnected = shaped(api.accounts.disconnect(joint))
    return {
        "session": [made.permissions, len(made.accounts.data)],
        "subscribed": [subscribed.subscriptions, subscribed.transaction_refresh.status],
        "refreshed": refreshed.transaction_refresh.status,
        "unsubscribed": unsubscribed.subscriptions,
        "disconnected": [disconnected.status, disconnected.balance],
    }


def main(base, healthy, joint, slow, disconnected, unpermitted):
    v1 = client(base).v1
    api = v1.financial_connections
    broken = stripe.PaymentIntent.construct_from({"id": "pi_1", "object": "payment_intent", "x": 1}, None)
    assert "pi: no amount" in misshapen(broken, "pi") and "pi: unknown x" in misshapen(broken, "pi")
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
        "handles": [resolve(v1, handle) for handle in json.load(sys.stdin)],
        "changes": changes(api, joint),
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main(*sys.argv[1:])
