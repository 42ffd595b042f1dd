// Drives a Financial Connections server with the official Node library.
//
// usage: stripe_sdk.mjs MODULES BASE HEALTHY JOINT SLOW DISCONNECTED UNPERMITTED
//
// MODULES is the folder in which the library was installed, BASE the server's URL, the others are
// ids of accounts. Its input is JSON: a list of objects of `id`, `object` and `stripe_account`.
// Prints what it saw as JSON; how a refusal is thrown is checked here, since the
// classes of errors are the library's own.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const [modules, base, healthy, joint, slow, disconnected, unpermitted] = process.argv.slice(2);
const Stripe = createRequire(join(modules, "package.json"))("stripe");

function client(key) {
  const { hostname, port } = new URL(base);
  return new Stripe(key, {
    host: hostname,
    port,
    protocol: "http",
    maxNetworkRetries: 0,
    telemetry: false,
  });
}

const stripe = client("sk_test_node");
const api = stripe.financialConnections;

async function everything(list) {
  const items = [];
  for await (const item of list) items.push(item);
  return items;
}

async function refused(call, type) {
  try {
    await call();
  } catch (error) {
    assert.equal(error.type, type);
    assert.match(error.requestId, /^req_/);
    return { status: error.statusCode, code: error.code ?? null, param: error.param ?? null };
  }
  throw new Error("it was not refused");
}

async function settled(account) {
  for (let look = 0; look < 600; look += 1) {
    const found = await api.accounts.retrieve(account);
    if (found.transaction_refresh.status !== "pending") return found;
    await sleep(20);
  }
  throw new Error("the refresh never settled");
}

async function refresh(account) {
  const began = performance.now();
  const features = ["balance", "ownership", "transactions"];
  const before = await api.accounts.refresh(account, { features });
  const after = await settled(account);
  return {
    before: before.transaction_refresh.status,
    after: after.transaction_refresh.status,
    balance: after.balance.current.usd,
    seconds: Math.floor((performance.now() - began) / 1000),
  };
}

async function transactions(account) {
  const rows = await everything(api.transactions.list({ account, limit: 50 }));
  const half = rows[Math.floor(rows.length / 2)].transacted_at;
  const query = { account, limit: 100, transacted_at: { gte: half } };
  const later = await everything(api.transactions.list(query));
  const expected = rows.filter((row) => row.transacted_at >= half);
  assert.deepEqual(later, expected);
  const one = await api.transactions.retrieve(rows[0].id);
  assert.equal(one.description, rows[0].description);
  const newest = (await api.accounts.retrieve(account)).transaction_refresh.id;
  const none = await api.transactions.list({ account, transaction_refresh: { after: newest } });
  assert.deepEqual(none.data, []);
  const sum = rows.reduce((total, row) => total + row.amount, 0);
  return { ids: rows.map((row) => row.id), sum };
}

async function owners(account) {
  const plain = await api.accounts.retrieve(account);
  const expanded = await api.accounts.retrieve(account, { expand: ["ownership"] });
  assert.equal(expanded.ownership.id, plain.ownership);
  const query = { ownership: plain.ownership, limit: 1 };
  const names = (await everything(api.accounts.listOwners(account, query))).map((o) => o.name);
  assert.deepEqual(names, expanded.ownership.owners.data.map((owner) => owner.name));
  return names;
}

async function refusals() {
  const invalid = "StripeInvalidRequestError";
  const balance = { features: ["balance"] };
  const nobody = { stripeAccount: "acct_nobody" };
  const deep = { expand: ["payments.data.payment.payment_intent.payment_method"] };
  const holder = { type: "customer", customer: "cus_sample_joint" };
  const calls = {
    no_access: [
      () => stripe.customers.retrieve("cus_sample_salaried", {}, nobody),
      "StripePermissionError",
    ],
    too_deep: [() => stripe.invoices.retrieve("in_sample_salaried", deep), invalid],
    no_expansion: [
      () => stripe.paymentMethods.retrieve("pm_sample_salaried", { expand: ["card"] }),
      invalid,
    ],
    no_permissions: [() => api.sessions.create({ account_holder: holder }), invalid],
    unsubscribable: [() => api.accounts.subscribe(healthy, { features: ["balance"] }), invalid],
    unknown_parameter: [() => api.accounts.list({ flavor: "x" }), invalid],
    unknown_feature: [() => api.accounts.refresh(healthy, { features: ["x"] }), invalid],
    limit: [() => api.accounts.list({ limit: 101 }), invalid],
    wrong_key: [
      () => client("sk_test_invalid").financialConnections.accounts.retrieve(healthy),
      "StripeAuthenticationError",
    ],
    no_account: [() => api.accounts.retrieve("fca_nobody"), invalid],
    no_transaction: [() => api.transactions.retrieve("fctxn_nothing"), invalid],
    disconnected: [() => api.accounts.refresh(disconnected, balance), invalid],
    unpermitted: [() => api.transactions.list({ account: unpermitted }), invalid],
  };
  const seen = {};
  for (const [name, [call, type]] of Object.entries(calls)) {
    seen[name] = await refused(call, type);
  }
  return seen;
}

function linked(method) {
  const account = method.us_bank_account.financial_connections_account;
  return account ? [account] : [];
}

async function heldBy(holder, options) {
  const query = { account_holder: holder, limit: 1 };
  return (await everything(api.accounts.list(query, options))).map((account) => account.id);
}

// The ways from each kind of handle to the accounts behind it, as Stripe documents them.
const ways = {
  async account(id, options) {
    const { type } = await stripe.accounts.retrieve(id, {}, options);
    if (type !== "standard") return heldBy({ account: id }, options);
    const seen = await refused(() => heldBy({ account: id }, options), "StripePermissionError");
    assert.equal(seen.status, 403);
    return [];
  },
  async "checkout.session"(id, options) {
    const expand = [
      "payment_intent.payment_method",
      "setup_intent.payment_method",
      "subscription.default_payment_method",
    ];
    const found = await stripe.checkout.sessions.retrieve(id, { expand }, options);
    if (found.mode === "subscription") return linked(found.subscription.default_payment_method);
    return linked((found.payment_intent ?? found.setup_intent).payment_method);
  },
  async customer(id, options) {
    assert.ok((await stripe.customers.retrieve(id, {}, options)).email);
    return heldBy({ customer: id }, options);
  },
  async "financial_connections.session"(id, options) {
    const found = await api.sessions.retrieve(id, {}, options);
    const listed = await api.accounts.list({ session: id }, options);
    assert.deepEqual(listed.data, found.accounts.data);
    return found.accounts.data.map((account) => account.id);
  },
  async invoice(id, options) {
    const expand = ["payments.data.payment.payment_intent"];
    const found = await stripe.invoices.retrieve(id, { expand }, options);
    const [payment] = found.payments.data;
    const method = payment.payment.payment_intent.payment_method;
    const query = { invoice: id, expand: ["data.payment.payment_intent.payment_method"] };
    const [listed] = await everything(stripe.invoicePayments.list(query, options));
    assert.equal(listed.payment.payment_intent.payment_method.id, method);
    return linked(await stripe.paymentMethods.retrieve(method, {}, options));
  },
  async payment_intent(id, options) {
    const expand = ["payment_method"];
    return linked((await stripe.paymentIntents.retrieve(id, { expand }, options)).payment_method);
  },
  async payment_method(id, options) {
    return linked(await stripe.paymentMethods.retrieve(id, {}, options));
  },
  async setup_intent(id, options) {
    const expand = ["payment_method"];
    return linked((await stripe.setupIntents.retrieve(id, { expand }, options)).payment_method);
  },
  async subscription(id, options) {
    const expand = ["default_payment_method"];
    const found = await stripe.subscriptions.retrieve(id, { expand }, options);
    return linked(found.default_payment_method);
  },
};

async function resolved() {
  const seen = [];
  for (const { id, object, stripe_account: on } of JSON.parse(readFileSync(0, "utf8"))) {
    const options = on ? { stripeAccount: on } : {};
    seen.push({ id, on, accounts: await ways[object](id, options) });
  }
  return seen;
}

async function changes() {
  const holder = (await api.accounts.retrieve(joint)).account_holder.customer;
  const made = await api.sessions.create({
    account_holder: { type: "customer", customer: holder },
    permissions: ["balances", "transactions"],
    prefetch: ["balances"],
    filters: { account_subcategories: ["checking"] },
  });
  const again = await api.sessions.retrieve(made.id);
  assert.equal(again.client_secret, made.client_secret);
  assert.deepEqual(again.filters.account_subcategories, ["checking"]);
  const features = ["transactions"];
  const subscribed = await api.accounts.subscribe(joint, { features });
  const refreshed = await settled(joint);
  const unsubscribed = await api.accounts.unsubscribe(joint, { features });
  const gone = await api.accounts.disconnect(joint);
  return {
    session: [made.permissions, made.accounts.data.length],
    subscribed: [subscribed.subscriptions, subscribed.transaction_refresh.status],
    refreshed: refreshed.transaction_refresh.status,
    unsubscribed: unsubscribed.subscriptions,
    disconnected: [gone.status, gone.balance],
  };
}

const customer = (await api.accounts.retrieve(healthy)).account_holder.customer;
const held = await api.accounts.list({ account_holder: { customer } });
assert.ok(held.data.some((account) => account.id === healthy));
const gone = await api.accounts.retrieve(disconnected);
const seen = {
  accounts: (await everything(api.accounts.list({ limit: 7 }))).map((account) => account.id),
  transactions: await transactions(healthy),
  owners: await owners(joint),
  refresh: await refresh(healthy),
  slow_refresh: await refresh(slow),
  disconnected: { status: gone.status, balance: gone.balance },
  refused: await refusals(),
  handles: await resolved(),
  changes: await changes(),
};
console.log(JSON.stringify(seen));
