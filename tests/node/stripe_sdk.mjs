// Drives a Financial Connections server with the official Node library.
//
// usage: stripe_sdk.mjs MODULES BASE HEALTHY JOINT SLOW DISCONNECTED UNPERMITTED
//
// MODULES is the folder in which the library was installed, BASE the server's URL, the others are
// ids of accounts. Prints what it saw as JSON; how a refusal is thrown is checked here, since the
// classes of errors are the library's own.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const [modules, base, healthy, joint, slow, disconnected, unpermitted] = process.argv.slice(2);
const Stripe = createRequire(join(modules, "package.json"))("stripe");

function client(key) {
  const { hostname, port } = new URL(base);
  const stripe = new Stripe(key, {
    host: hostname,
    port,
    protocol: "http",
    maxNetworkRetries: 0,
    telemetry: false,
  });
  return stripe.financialConnections;
}

const api = client("sk_test_node");

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
  const calls = {
    unknown_parameter: [() => api.accounts.list({ flavor: "x" }), invalid],
    unknown_feature: [() => api.accounts.refresh(healthy, { features: ["x"] }), invalid],
    limit: [() => api.accounts.list({ limit: 101 }), invalid],
    wrong_key: [
      () => client("sk_test_invalid").accounts.retrieve(healthy),
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
};
console.log(JSON.stringify(seen));
