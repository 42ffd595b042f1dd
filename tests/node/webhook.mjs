// Signs and opens webhooks with the official Node library.
//
// usage: webhook.mjs MODULES < INPUT
//
// MODULES is the folder in which the library was installed. INPUT has a secret, a time to sign at,
// and cases: bodies with the header that somebody else made. Prints for each, as JSON: the id of
// the event and of its account as the library opens it, whether it refuses the body when it was
// changed, and the header that it would sign with.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const Stripe = createRequire(join(process.argv[2], "package.json"))("stripe");
const stripe = new Stripe("sk_test_node");
const { secret, time, cases } = JSON.parse(readFileSync(0, "utf8"));

function opened(body, header) {
  if (JSON.parse(body).object === "v2.core.event") {
    const event = stripe.parseEventNotification(body, header, secret);
    return [event.id, event.related_object.id];
  }
  const event = stripe.webhooks.constructEvent(body, header, secret);
  return [event.id, event.data.object.id];
}

function refuses(body, header) {
  try {
    opened(`${body} `, header);
    return false;
  } catch (error) {
    return error.type === "StripeSignatureVerificationError";
  }
}

const seen = cases.map(({ body, header }) => {
  const [event, account] = opened(body, header);
  const signed = { payload: body, secret, timestamp: time };
  return {
    opened: event,
    account,
    refused: refuses(body, header),
    header: stripe.webhooks.generateTestHeaderString(signed),
  };
});
console.log(JSON.stringify(seen));
