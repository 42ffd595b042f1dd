CREATE VIEW v_decisions AS
SELECT
    d.seq,
    t.tenant,
    d.id,
    d.application,
    d.product,
    strftime('%Y-%m-%dT%H:%M:%SZ', d.recorded_at, 'unixepoch') AS recorded_at,
    strftime('%Y-%m-%dT%H:%M:%SZ', d.as_of, 'unixepoch') AS as_of,
    d.zone,
    d.semantics,
    d.test_data,
    d.resolves,
    r.name AS rule_set,
    r.version AS rule_set_version,
    r.kind AS rule_set_kind,
    r.bundle,
    d.person,
    d.currency,
    d.amount,
    d.term,
    d.term_unit,
    d.frequency,
    d.first_payment_date,
    d.inputs,
    d.ready,
    d.outcome,
    d.score,
    d.score_missing,
    d.tier_state,
    d.tier,
    d.offer_tier,
    d.offer_amount,
    d.offer_term,
    d.offer_term_unit,
    d.offer_frequency,
    iif(typeof(d.offer_rate) = 'integer', d.offer_rate / 1e6, d.offer_rate) AS offer_rate_percent,
    iif(typeof(d.offer_apr) = 'integer', d.offer_apr / 1e6, d.offer_apr) AS offer_apr_percent,
    iif(typeof(d.offer_mapr) = 'integer', d.offer_mapr / 1e6, d.offer_mapr) AS offer_mapr_percent,
    d.offer_payment,
    d.offer_last_payment,
    d.offer_payments,
    d.offer_first_payment_date,
    d.offer_principal,
    d.offer_amount_financed,
    d.offer_finance_charge,
    d.offer_total_of_payments,
    d.offer_fees,
    d.offer_bound_by,
    d.plan,
    d.forecasts
FROM decisions AS d
JOIN tenants AS t ON t.number = d.tenant
JOIN rule_sets AS r ON r.number = d.rule_set;

CREATE VIEW v_reasons AS
SELECT
    d.seq,
    t.tenant,
    d.id AS decision,
    g.position,
    g.code,
    g.action,
    g.decisive,
    g.principal,
    g.source,
    g.source_name,
    d.outcome,
    r.name AS rule_set,
    r.version AS rule_set_version
FROM reasons AS g
JOIN decisions AS d ON d.seq = g.seq
JOIN tenants AS t ON t.number = d.tenant
JOIN rule_sets AS r ON r.number = d.rule_set;

CREATE VIEW v_rules_live AS
SELECT
    t.tenant,
    l.name AS rule_set,
    l.version,
    l.bundle,
    strftime('%Y-%m-%dT%H:%M:%SZ', l.live_from, 'unixepoch') AS live_from,
    strftime('%Y-%m-%dT%H:%M:%SZ', l.live_until, 'unixepoch') AS live_until,
    l.activated_by,
    strftime('%Y-%m-%dT%H:%M:%SZ', l.activated_at, 'unixepoch') AS activated_at
FROM rules_live AS l
JOIN tenants AS t ON t.number = l.tenant;

