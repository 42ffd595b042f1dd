//! Limits on what is taken, kept, waited for and told, with the reason for each.
//!
//! What a caller can run into is tested below, at and above its limit by the room that enforces
//! it. Thresholds of the analysis and of the lexicon are findings, not limits: they stand beside
//! what they decide.

mod columns;
mod editor;
mod past_decisions;

use std::ops::RangeInclusive;
use std::time::Duration;

pub use columns::*;
pub use editor::*;
pub use past_decisions::*;

/// Longest id of any kind, in bytes. Stripe's own are about 30.
pub const ID_BYTES_MAX: usize = 128;

/// Connections to the gRPC port at once. More take the place of idle ones, or wait to be taken. A
/// caller needs a few; an idle one costs about 50 KB.
pub const GRPC_CONNECTIONS_MAX: usize = 1_024;
/// Calls under way at once on one connection.
pub const GRPC_STREAMS_MAX: u32 = 200;
/// Largest header list of a call, in bytes.
pub const GRPC_HEADER_BYTES_MAX: u32 = 16 * 1024;
/// Calls that one connection may take back before they were begun. As many as it may have open:
/// whoever hurries takes back all of them at once.
pub const GRPC_RESETS_PENDING_MAX: usize = 200;
/// Streams that one connection may break by its own mistakes.
pub const GRPC_RESETS_OWN_MAX: usize = 256;
/// Time for a new connection to the gRPC port to say that it speaks HTTP/2.
pub const GRPC_PREFACE_TIMEOUT: Duration = Duration::from_secs(5);
/// Silence after which a connection is asked whether it is still there.
pub const GRPC_KEEPALIVE_INTERVAL: Duration = Duration::from_secs(30);
/// Time for the answer to that.
pub const GRPC_KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);
/// Age at which a connection without a call is told to go away.
pub const GRPC_IDLE_MAX: Duration = Duration::from_secs(60 * 60);
/// Longest silence of a caller within its request.
pub const GRPC_REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest silence of a caller within a stream of questions about the service (reflection), which
/// a person may be typing.
pub const GRPC_REFLECTION_TIMEOUT: Duration = Duration::from_secs(5 * 60);
/// Time that a connection without a call is given to close once it was told to go away.
pub const GRPC_GOODBYE_TIMEOUT: Duration = Duration::from_millis(500);
/// Idle time from which a connection may have to make way for a new one.
pub const CONNECTION_YIELDS_AFTER: Duration = Duration::from_millis(250);
/// Largest file of certificates or of a key, in bytes: all authorities of a system are some 250 KB.
pub const TLS_FILE_BYTES_MAX: u64 = 1024 * 1024;
/// Time between two looks whether the files of TLS were changed. Three small files are read each
/// time; a certificate that is replaced was to be valid for days more.
pub const TLS_LOOK_INTERVAL: Duration = Duration::from_secs(5);
/// Time before its end from which a certificate is warned about: what renews certificates does so
/// weeks before, so by then it has failed.
pub const TLS_EXPIRY_WARNING: Duration = Duration::from_secs(14 * 24 * 60 * 60);
/// Descriptors kept from connections: for the ledger, the cache and Stripe.
pub const DESCRIPTORS_KEPT: usize = 128;
/// Largest gRPC request, in bytes. A request with 50 accounts is about 5 KB.
pub const REQUEST_BYTES_MAX: usize = 256 * 1024;
/// Longest name of a call, in bytes: `x-request-id`.
pub const REQUEST_ID_BYTES_MAX: usize = 64;
/// Field violations told in one error. It travels in HTTP/2 trailers, of which many clients take
/// 8 KB.
pub const VIOLATIONS_MAX: usize = 20;
/// Applicants in one application.
pub const APPLICANTS_MAX: usize = 10;
/// Accounts in one application, over all applicants.
pub const ACCOUNTS_MAX: usize = 50;
/// Declared extra inputs in one application.
pub const INPUTS_MAX: usize = 100;
/// Reviews of streams of income in one application: nobody has so many streams.
pub const STREAM_REVIEWS_MAX: usize = 50;
/// Answers of reviewers in one application, over all times that it was referred.
pub const ANSWERS_MAX: usize = 50;
/// Age of the data of a referral, after which it is no more resolved: within 30 days of an application
/// its applicant is told what becomes of it (Regulation B, 12 CFR 1002.9(a)(1)).
pub const RESOLUTION_AGE_MAX: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How far the clock of whoever dates an answer or a review may be ahead.
pub const ANSWER_CLOCK_AHEAD_MAX: Duration = Duration::from_secs(5 * 60);
/// Names in a list of what may be answered, where an answer is refused.
pub const ANSWERABLE_NAMED_MAX: usize = 20;
/// Longest name of what an answer answers, in bytes: `inputs.` and the name of an input.
pub const FACT_BYTES_MAX: usize = 7 + ID_BYTES_MAX;
/// A file of them: more than a request holds.
pub const ANSWER_FILE_BYTES_MAX: u64 = 256 * 1024;
/// A file of such reviews: more than a request holds.
pub const STREAM_REVIEW_FILE_BYTES_MAX: u64 = 256 * 1024;
/// Longest free text in an application (purpose, name, one address line), in bytes.
pub const TEXT_BYTES_MAX: usize = 500;
/// Largest amount that may be requested, in major units of any currency.
pub const AMOUNT_MAJOR_MAX: i64 = 1_000_000_000;
/// Longest term, in days.
pub const TERM_DAYS_MAX: u32 = 14_640;
/// Longest term, in months: forty years.
pub const TERM_MONTHS_MAX: u32 = 480;
/// Longest time from today to the first payment, in days. A deferred loan begins within two years.
pub const FIRST_PAYMENT_DAYS_MAX: u64 = 731;
/// Decisions in one page of a list.
pub const PAGE_SIZE_MAX: usize = 1_000;
/// Decisions in one page when each is shown in full: an answer stays below the 4 MB that most
/// gRPC clients take.
pub const PAGE_SIZE_FULL_MAX: usize = 50;
/// Decisions in one page when the caller does not say.
pub const PAGE_SIZE_DEFAULT: usize = 50;
/// Decisions that may be under way at once; more are told to come back.
pub const DECISIONS_IN_FLIGHT_MAX: usize = 512;

/// Age of the newest backup above which it is told as wrong: one a day, and some hours to notice.
pub const BACKUP_AGE_MAX: chrono::TimeDelta = chrono::TimeDelta::hours(30);
/// Room on its disk without which a ledger that failed is not ready again: what a commit of a few
/// decisions takes.
pub const LEDGER_ROOM_BYTES: usize = 256 * 1024;
/// Decisions that are let in at once, at least: fewer would not share a commit of the ledger.
pub const DECIDES_AT_ONCE_MIN: usize = 8;
/// Decisions that are let in at once, at most: the appends of one commit.
pub const DECIDES_AT_ONCE_MAX: usize = LEDGER_BATCH_MAX;
/// What a decision is meant to take once it is let in, banks apart. More at once would only make
/// each of them later.
pub const CALL_TARGET: Duration = Duration::from_millis(5);
/// Pending decisions that are made at once for each processor while others ask: they are then made
/// in some two thirds of its time.
pub const PENDING_AT_ONCE: usize = 3;
/// Pending decisions that are told at once that a bank has delivered: what they do then must not
/// keep others waiting.
pub const TOLD_AT_ONCE_MAX: usize = 4;
/// How long a call may wait to be let in while there is a rush.
pub const CALL_WAIT_MAX: Duration = Duration::from_secs(2);
/// Calls of one kind that may wait to be let in.
pub const CALLS_WAITING_MAX: usize = 4_096;
/// Calls at once that read one decision or snapshot.
pub const READS_AT_ONCE: usize = 16;
/// Calls at once that read a page of decisions: each holds up to [`LIST_BYTES_MAX`].
pub const LISTS_AT_ONCE: usize = 2;
/// Bytes of one page of decisions, after which it ends: below the 4 MB that most gRPC clients take,
/// whatever the size of one decision in full (some 300 KB with 50 accounts).
pub const LIST_BYTES_MAX: usize = 1024 * 1024;
/// The same while others decide: to write a larger one would keep a processor for too long.
pub const LIST_BYTES_BUSY_MAX: usize = 256 * 1024;
/// Decisions of a page that are read from the ledger at once.
pub const LIST_CHUNK: usize = 50;
/// The same while others decide: reading them must not keep a processor for long.
pub const LIST_CHUNK_BUSY: usize = 4;

/// Days of history asked for. Banks give about 180; what more there is, is used.
pub const HISTORY_DAYS: u32 = 730;
/// Largest body of one Stripe response, in bytes.
pub const STRIPE_RESPONSE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Pages read for one list, whatever `has_more` says.
pub const STRIPE_PAGES_MAX: usize = 1_000;
/// Transactions kept for one account.
pub const TRANSACTIONS_MAX: usize = 50_000;
/// Accounts behind one handle, of which some are taken.
pub const HELD_ACCOUNTS_MAX: usize = 1_000;
/// Payments of one invoice, of which one tells the account it was paid from.
pub const INVOICE_PAYMENTS_MAX: usize = 100;
/// Owners kept for one account.
pub const OWNERS_MAX: usize = 100;
/// Longest transaction description, in bytes; the rest is cut at a character boundary.
pub const DESCRIPTION_BYTES_MAX: usize = 1_000;
/// Currencies in one balance.
pub const CURRENCIES_MAX: usize = 20;
/// Handles resolved, and then accounts fetched, from Stripe at once for one decision.
pub const FETCHES_IN_FLIGHT_MAX: usize = 16;
/// Attempts of one Stripe call, the first included.
pub const STRIPE_ATTEMPTS_MAX: usize = 4;
/// Time for one Stripe call from connect to the last byte.
pub const STRIPE_CALL_TIMEOUT: Duration = Duration::from_secs(20);
/// Time for a connection to Stripe to stand, HTTPS included.
pub const STRIPE_CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Time from the start of a Stripe call to the first byte of its answer.
pub const STRIPE_FIRST_BYTE_TIMEOUT: Duration = Duration::from_secs(15);
/// Longest silence within one answer of Stripe's.
pub const STRIPE_IDLE_TIMEOUT: Duration = Duration::from_secs(5);
/// Stripe calls a second for one Stripe account with a live key, as Stripe documents it.
pub const STRIPE_RATE_LIVE: u32 = 100;
/// Stripe calls a second for one Stripe account with a test key, as Stripe documents it.
pub const STRIPE_RATE_TEST: u32 = 25;
/// Stripe calls a second to one endpoint, as Stripe documents it.
pub const STRIPE_RATE_ENDPOINT: u32 = 25;
/// Highest rate that the settings may name, in calls a second.
pub const STRIPE_RATE_MAX: u32 = 100_000;
/// What counts as a second for the rates: a little more, for clocks that differ.
pub const STRIPE_RATE_WINDOW: Duration = Duration::from_millis(1_050);
/// Connected accounts with a rate of their own; those beyond share one.
pub const STRIPE_RATED_ACCOUNTS_MAX: usize = 1_000;
/// Longest that an answer of Stripe's can close a rate for everybody.
pub const STRIPE_RATE_PAUSE_MAX: Duration = Duration::from_secs(60);
/// Failures of Stripe in a row after which it is left alone for a while.
pub const STRIPE_BREAKER_FAILURES: u32 = 10;
/// First time that Stripe is left alone; doubled each time that it then fails again.
pub const STRIPE_BREAKER_PAUSE: Duration = Duration::from_secs(2);
/// Longest time that Stripe is left alone before one call looks again.
pub const STRIPE_BREAKER_PAUSE_MAX: Duration = Duration::from_secs(60);
/// First time between two looks at a refresh that has not settled; doubled each time.
pub const REFRESH_POLL_INTERVAL: Duration = Duration::from_secs(1);
/// Longest time between two looks at a refresh that has not settled.
pub const REFRESH_POLL_INTERVAL_MAX: Duration = Duration::from_secs(15);
/// Looks at an account until a refresh that was asked for and shows no sign of having started is
/// taken not to be offered.
pub const REFRESH_START_LOOKS_MAX: usize = 3;
/// Time for the calls that fetch one account, retries included: so long until refreshes are waited
/// for, and so long again for the lists after that.
pub const STRIPE_FETCH_DEADLINE: Duration = Duration::from_secs(50);
/// Longest that a call of `Decide` is kept open before it is told that the decision is pending.
/// Callers are told to give it a minute.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(40);
/// Longest that a decision stays pending: then it is made with what there is, and refers.
pub const PENDING_TIMEOUT: Duration = Duration::from_secs(15 * 60);
/// First pause before what failed while a decision is pending is tried again; doubled each time.
pub const PENDING_RETRY_PAUSE_MIN: Duration = Duration::from_secs(5);
/// Longest pause before what failed while a decision is pending is tried again.
pub const PENDING_RETRY_PAUSE_MAX: Duration = Duration::from_secs(60);
/// Cut links that are remembered for decisions that wait; after more, they look at every account.
pub const CUTS_HEARD_MAX: usize = 1_024;
/// Decisions that may be pending at once; more are told to come back. One caller may have half of
/// them.
pub const PENDING_MAX: usize = 20_000;
/// How far a time of Stripe's may be ahead of ours and still be taken for one of now.
pub const CLOCK_AHEAD_MAX: Duration = Duration::from_secs(5 * 60);
/// Longest age that may be asked for of bank data.
pub const MAX_AGE_MAX: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// Rows asked for in one page: the most that Stripe gives.
pub const STRIPE_PAGE_ROWS: usize = 100;
/// First pause before a Stripe call is tried again; doubled each time, with jitter.
pub const STRIPE_RETRY_PAUSE_MIN: Duration = Duration::from_millis(250);
/// Longest pause before a Stripe call is tried again.
pub const STRIPE_RETRY_PAUSE_MAX: Duration = Duration::from_secs(8);

/// Largest stored snapshot once decompressed, in bytes: 50,000 rows of a few hundred bytes.
pub const SNAPSHOT_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Largest value put in the cache, in bytes; a larger snapshot is fetched again each time.
pub const CACHE_VALUE_BYTES_MAX: usize = 64 * 1024;
/// Snapshots kept in the cache; the oldest are dropped first.
pub const CACHE_ENTRIES_MAX: usize = 50_000;
/// Transactions in the snapshots that the cache holds decoded in memory, an account counting for
/// 20 more; the least recently used are dropped first. One takes about 200 bytes.
pub const CACHE_RECENT_ROWS_MAX: usize = 200_000;
/// Age at which a cached snapshot is forgotten. Until then it answers whoever finds it fresh enough,
/// and spares whoever does not the part that has not changed.
pub const CACHE_AGE_MAX: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Time between two looks for cached snapshots that are no longer used.
pub const CACHE_SWEEP_INTERVAL: Duration = Duration::from_secs(60);
/// Memory that the cache's store may hold its pages in, in bytes; it uses about twice as much.
pub const CACHE_MEMORY_BYTES: u64 = 64 * 1024 * 1024;
/// Time that the cache's store is given to open or to close before it is given up.
pub const CACHE_OPEN_TIMEOUT: Duration = Duration::from_secs(20);

/// Largest rule file, in bytes.
pub const RULE_FILE_BYTES_MAX: usize = 1024 * 1024;
/// Tests of a rule set in one file, and of all files that are run at once.
pub const TESTS_MAX: usize = 10_000;
/// Largest file of tests beside a rule file, in bytes.
pub const CASE_FILE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Files of tests that are run at once.
pub const CASE_FILES_MAX: usize = 64;
/// Rules in one rule set.
pub const RULES_MAX: usize = 2_000;
/// Params, derived values, inputs, reasons, characteristics or tiers: each at most so many.
pub const RULE_ITEMS_MAX: usize = 1_000;
/// Terms, or frequencies of payments, among which offers may choose.
pub const OFFER_CHOICES_MAX: usize = 32;
/// Fees of one offer.
pub const OFFER_FEES_MAX: usize = 32;
/// Caps of one offer.
pub const OFFER_CAPS_MAX: usize = 100;
/// Offers that are priced and checked for one application: a grid of amounts, terms and
/// frequencies. One takes some ten microseconds.
pub const OFFER_POINTS_MAX: usize = 4_096;
/// Retries of one rule set.
pub const RETRIES_MAX: usize = 32;
/// Parts in which one debit is made instead. A judgement: a year of monthly ones; more is a loan.
pub const RETRY_PARTS_MAX: u32 = 12;
/// Days between two of them. Banks settle on no more than four days in a row, so that a week keeps
/// any two apart.
pub const RETRY_EVERY_DAYS: RangeInclusive<i64> = 7..=366;
/// Highest yearly rate, in percent: above it is a slip of the pen, `1000` for `100%`. What a lender
/// may charge is for the law and the lender to say; short-term loans reach several hundred percent.
pub const RATE_PERCENT_MAX: u32 = 1_000;
/// Longest expression, in bytes.
pub const EXPRESSION_BYTES_MAX: usize = 4_096;
/// Deepest nesting of one expression.
pub const EXPRESSION_DEPTH_MAX: usize = 64;
/// Items of one list of a rule set.
pub const LIST_ITEMS_MAX: usize = 10_000;
/// Longest text of a list or a table of a rule set, in bytes.
pub const ITEM_BYTES_MAX: usize = 256;
/// Rows of one table of a rule set.
pub const TABLE_ROWS_MAX: usize = 1_000;
/// Cells of one table, its tests included.
pub const TABLE_CELLS_MAX: usize = 10_000;
/// What the rows of one table are chosen by.
pub const TABLE_INPUTS_MAX: usize = 16;
/// Steps spent on what the tables of one rule file leave open and where they overlap: a hundred tables
/// of a hundred rows take a tenth of them.
pub const TABLE_STEPS_MAX: usize = 5_000_000;
/// Files beside a rule file that it names: fragments, lists and tables.
pub const ATTACHMENTS_MAX: usize = 64;
/// Bytes of all of them together.
pub const ATTACHMENT_BYTES_MAX: usize = 1024 * 1024;
/// Longest name of one of them, in bytes.
pub const ATTACHMENT_NAME_BYTES_MAX: usize = 128;
/// Longest note with which a rule set is published, in bytes.
pub const PUBLICATION_NOTE_BYTES_MAX: usize = 1_000;
/// Days ahead for which a rule set can be made active.
pub const ACTIVATION_DAYS_MAX: u32 = 366;
/// Largest request that holds a rule set: a rule file, what it names, and what stands around them.
pub const RULE_SET_REQUEST_BYTES_MAX: usize =
    RULE_FILE_BYTES_MAX + ATTACHMENT_BYTES_MAX + 64 * 1024;
/// Rule sets that are kept compiled, of all tenants together: more are compiled again when they are
/// needed, which takes some milliseconds.
pub const COMPILED_BUNDLES_MAX: usize = 256;
/// Decisions that wait for shadows to decide beside them: more are left out of the comparison.
pub const SHADOW_QUEUE_MAX: usize = 512;
/// Decisions of shadows that share a commit.
pub const SHADOW_BATCH_MAX: usize = 256;
/// Time in which they are gathered: what is written behind then takes a few commits a second at most.
pub const SHADOW_PAUSE: Duration = Duration::from_millis(250);
/// Newest decisions under a name over which it is told what a version of a rule set came to, and as many of
/// its shadow.
pub const TALLY_DECISIONS_MAX: usize = 2_000;
/// Those that are read at once: they are in memory together.
pub const TALLY_PAGE_SIZE: usize = 200;
/// Longest note of a rule (`why`, `owner`) and longest salt of random shares, in bytes.
pub const RULE_NOTE_BYTES_MAX: usize = 1_000;
/// Tags of one rule.
pub const RULE_TAGS_MAX: usize = 16;
/// Phrases that one rule set adds to the lexicon, in all. What finds them in a description then takes
/// 10 MB of memory, and 24 MB if each has the greatest length; without any it takes 5 MB.
pub const PHRASES_MAX: usize = 1_000;
/// Longest phrase, in bytes: no network of banks carries a longer name.
pub const PHRASE_BYTES_MAX: usize = 40;
/// Fewest letters of a phrase that a rule set adds: fewer are found where they mean something else.
pub const PHRASE_LETTERS_MIN: usize = 3;
/// Fewest letters and digits of one with several words that is found without the spaces, as in
/// `ACMECASHLOANPMT`: of fewer, other words may be made, as `THERAPIST` is of `THE RAPIST`.
pub const GLUED_PHRASE_BYTES_MIN: usize = 12;
/// Fewest letters of one that is found in the middle of a word.
pub const INNER_PHRASE_LETTERS_MIN: usize = 6;
/// Longest usual name of somebody, in bytes.
pub const PAYER_NAME_BYTES_MAX: usize = 64;
/// Alternatives into which a condition is taken apart to see whether it can hold; one with more is not
/// looked at so closely.
pub const ALTERNATIVES_MAX: usize = 64;
/// Pairs of rules that are compared with each other; the rest are let be.
pub const RULE_PAIRS_MAX: usize = 100_000;
/// Overrides, loan performance entries or notices of one decision, each: a loan of ten years that is
/// repaid weekly has about 500 payments. All of one are read when it is shown.
pub const FOLLOW_UPS_MAX: usize = 1_000;
/// Largest file of what became of loans, in bytes: about 100,000 entries.
pub const PERFORMANCE_FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Consumer reporting agencies that one request for a notice may name: a rule set rests on a few.
pub const NOTICE_AGENCIES_MAX: usize = 20;
/// Decisions that one call looks at for what is due: the audit log names those that it tells of in one
/// object, and what would settle a referral is looked for anew.
pub const DUE_EXAMINED_MAX: usize = 100;
/// Days back that are looked at for what is due, where nobody says otherwise: twice the 30 that a creditor
/// has, so that what is overdue is told for a month.
pub const DUE_WINDOW_DAYS: u64 = 60;
/// What is due that a command prints, the most urgent first; the rest is counted.
pub const DUE_PRINTED_MAX: usize = 200;
/// Largest file of who sends notices, in bytes.
pub const CREDITOR_FILE_BYTES_MAX: u64 = 64 * 1024;
/// Follow-ups on one page: the audit log names the decisions of a page in one object.
pub const FOLLOW_UP_PAGE_SIZE_MAX: usize = 100;
/// Most days that a payment can be past due: some years after which a loan is long charged off.
pub const DAYS_PAST_DUE_MAX: u32 = 3_660;
/// Shortest statement of a person to an applicant, in characters: `Bankruptcy` says why, `no` and `declined`
/// do not.
pub const STATED_REASON_CHARS_MIN: usize = 10;
/// Longest statement to an applicant, in characters.
pub const STATEMENT_CHARS_MAX: usize = 300;
/// Diagnostics reported for one file; the rest are counted.
pub const DIAGNOSTICS_MAX: usize = 100;
/// How often a rule file is checked anew while its fixes are made: what a mistake hides is found only
/// when it is gone.
pub const FIX_ROUNDS_MAX: usize = 16;
/// Principal reasons told to an applicant: more are "not likely to be helpful"
/// (Regulation B, 12 CFR 1002.9 comment 9(b)(2)-1).
pub const PRINCIPAL_REASONS_MAX: usize = 4;
/// Counterfactuals told of one reason.
pub const COUNTERFACTUALS_MAX: usize = 4;
/// Changes of one value that are considered for one reason.
pub const COUNTERFACTUAL_PROPOSALS_MAX: usize = 32;
/// Values that are looked for by trying, for one reason: behind calculations and bins.
pub const COUNTERFACTUAL_SEARCHES_MAX: usize = 32;
/// Changes, and pairs of them, that are tried for one reason: of ten, each alone and every two. A
/// whole evaluation takes a few microseconds.
pub const COUNTERFACTUAL_TRIALS_MAX: usize = 55;
/// Facts of which it is looked what would settle an application that goes to a person: with more open,
/// no few of them do.
pub const SETTLE_FACTS_MAX: usize = 12;
/// Questions that may settle one: a person who has to find out more had better judge.
pub const SETTLE_QUESTIONS_MAX: usize = 3;
/// Streams of income in doubt that are looked at: each may be confirmed, refused or left, and the
/// analysis runs again for each combination that is looked at.
pub const SETTLE_STREAMS_MAX: usize = 3;
/// Stretches of the answers to one fact, in each of which all comparisons come out the same; and
/// combinations of answers to the others for which they are looked for.
pub const SETTLE_CELLS_MAX: usize = 64;
/// Texts that one fact may be, each of which is looked at: one that may be more is not asked about.
pub const SETTLE_WORDS_MAX: usize = 64;
/// Combinations of stretches that are looked at to tell the outcome for each answer.
pub const SETTLE_COMBINATIONS_MAX: usize = 512;
/// Answers that are told; the rest are counted.
pub const SETTLE_ANSWERS_MAX: usize = 32;
/// Evaluations in all, of a few microseconds each.
pub const SETTLE_EVALUATIONS_MAX: usize = 20_000;
/// Questions about balances to come that the answers tried out may ask.
pub const SETTLE_FORECASTS_MAX: usize = 1_000;
/// Evaluations to see whether one set of facts settles it.
pub const SETTLE_EVALUATIONS_OF_ONE_MAX: usize = 4_000;

/// Made-up applicants that two rule sets decide to see what a change means: some seconds.
pub const MEANING_APPLICANTS_MAX: usize = 20_000;
/// Combinations of values for which two rules are compared; with more, nothing is said of all
/// applicants.
pub const MEANING_CELLS_MAX: usize = 20_000;
/// Rules of both rule sets that are looked at beside those that changed: they may hide the change.
pub const MEANING_COMMON_MAX: usize = 64;
/// Items of a list that are told apart; a longer one is a yes or no.
pub const MEANING_WORDS_MAX: usize = 64;
/// Comparisons of one condition and values derived in it, each time that they are read, that are looked
/// into; a derived value beyond is one of its own.
pub const MEANING_PARTS_MAX: usize = 512;
/// So deep are derived values looked into.
pub const MEANING_DEPTH_MAX: usize = 16;

/// Appends that wait for the ledger's writer before callers are told to come back.
pub const LEDGER_QUEUE_MAX: usize = 1_024;
/// Appends that share one commit.
pub const LEDGER_BATCH_MAX: usize = 256;
/// Connections that read the ledger at once for callers.
pub const LEDGER_READERS_MAX: usize = 4;
/// Time to wait while another program holds the ledger's file.
pub const LEDGER_BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Newest records that every start proves. A judgement: more than one commit's worth of what a crash
/// can damage, and done in a few milliseconds.
pub const LEDGER_TAIL_RECORDS: u64 = 64;
/// Time that a server waits at its start for another process to let go of the ledger: one that was
/// told to stop does so within a second or two.
pub const LEDGER_HANDOVER_TIMEOUT: Duration = Duration::from_secs(10);
/// Time that it then waits for the cache, before it works without.
pub const CACHE_HANDOVER_TIMEOUT: Duration = Duration::from_millis(250);
/// Largest file that holds the head of a chain, in bytes.
pub const HEAD_FILE_BYTES_MAX: u64 = 4_096;
/// Problems that a walk of the chain describes; the rest are counted.
pub const LEDGER_PROBLEMS_MAX: usize = 1_000;
/// Stored bytes of a page of decisions that replay reads, with all that they rest on: the page ends
/// with the one that reaches it.
pub const HISTORY_PAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Largest content of a record, in bytes.
pub const RECORD_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Other tenants that are named where nothing was found of one: what fits into a message.
pub const TENANTS_TOLD_MAX: usize = 20;

/// Longest name of what an event of the audit log is about, in bytes: the ids of a page of decisions in
/// full.
pub const AUDIT_OBJECT_BYTES_MAX: usize = 4_096;
/// Events in one page of the audit log: with the longest names a page stays below the 4 MiB that a
/// client of gRPC takes.
pub const AUDIT_PAGE_SIZE_MAX: usize = 500;
/// Callers whose refused calls are told apart until they are recorded, for each kind; the others are
/// counted together. A judgement: enough to see who tries, too few to fill a ledger.
pub const AUDIT_REFUSED_SOURCES_MAX: usize = 4;
/// Time between two records of refused calls: a flood adds at most ten records a minute, some 6 MB a
/// day.
pub const AUDIT_REFUSED_INTERVAL: Duration = Duration::from_secs(60);

/// Time that open calls are given after SIGTERM. Whoever waits for a bank is told so at once, and
/// the next process waits for this one's ledger: what is open after that is told to come back.
pub const DRAIN_TIMEOUT: Duration = Duration::from_secs(1);

/// Lines of the log that wait to be written; more are lost, and counted. About 2 MB.
pub const LOG_LINES_WAITING_MAX: usize = 10_000;

/// Largest body of a webhook, in bytes. An event of an account is about 2 KB.
pub const WEBHOOK_BYTES_MAX: usize = 256 * 1024;
/// How far the time at which Stripe signed may be from ours, either way: Stripe's own tolerance.
pub const WEBHOOK_TOLERANCE: Duration = Duration::from_secs(5 * 60);
/// Signing secrets in force at once: of several endpoints, each of them while it is rotated.
pub const WEBHOOK_SECRETS_MAX: usize = 16;
/// Signatures in one `Stripe-Signature`: Stripe sends one for each secret of the endpoint.
pub const WEBHOOK_SIGNATURES_MAX: usize = 16;
/// Events remembered in order to know one that is repeated; the oldest is forgotten first.
pub const WEBHOOK_EVENTS_MAX: usize = 10_000;
/// Connections to the HTTP port at once. More take the place of those that have not sent a whole
/// head, or wait to be taken.
pub const HTTP_CONNECTIONS_MAX: usize = 128;
/// Largest head of a request to the HTTP port, in bytes.
pub const HTTP_HEAD_BYTES_MAX: usize = 16 * 1024;
/// Time for the head of a request to the HTTP port, idle time before it included.
pub const HTTP_HEAD_TIMEOUT: Duration = Duration::from_secs(3);
/// Time for the body of a request to the HTTP port.
pub const HTTP_READ_TIMEOUT: Duration = Duration::from_secs(5);
/// Age at which a connection to the HTTP port is ended, once it has its answer.
pub const HTTP_CONNECTION_AGE_MAX: Duration = Duration::from_secs(5 * 60);

/// Largest body of one request to the sandbox, in bytes.
pub const SANDBOX_REQUEST_BYTES_MAX: usize = 64 * 1024;
/// Parameters in one request to the sandbox, query and body together.
pub const SANDBOX_PARAMS_MAX: usize = 200;
/// Objects in one page of a sandbox list, as at Stripe.
pub const SANDBOX_PAGE_SIZE_MAX: i64 = 100;
/// Objects in one page of a sandbox list when the caller does not say, as at Stripe.
pub const SANDBOX_PAGE_SIZE_DEFAULT: i64 = 10;
/// Longest idempotency key, in characters, as at Stripe.
pub const SANDBOX_IDEMPOTENCY_KEY_CHARS_MAX: usize = 255;
/// Answers the sandbox keeps to be replayed; the oldest is forgotten first.
pub const SANDBOX_IDEMPOTENCY_KEYS_MAX: usize = 1_000;
/// Sessions made in the sandbox that it keeps; the oldest is forgotten first.
pub const SANDBOX_SESSIONS_MAX: usize = 1_000;
/// How deep a sandbox expands objects inside of objects, as at Stripe.
pub const SANDBOX_EXPAND_DEPTH_MAX: usize = 4;
/// Files read from a folder that the sandbox is to serve.
pub const SANDBOX_LOAD_FILES_MAX: usize = 1_000;
/// Largest such file, in bytes.
pub const SANDBOX_LOAD_FILE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Deepest nesting of folders in it.
pub const SANDBOX_LOAD_DEPTH_MAX: usize = 8;
/// Objects in all files of such a folder.
pub const SANDBOX_LOAD_OBJECTS_MAX: usize = 100_000;
/// Largest file of faults for the sandbox, in bytes.
pub const SANDBOX_FAULT_FILE_BYTES_MAX: u64 = 256 * 1024;
/// Faults in it.
pub const SANDBOX_FAULTS_MAX: usize = 1_000;
/// Longest pause that a fault of the sandbox makes.
pub const SANDBOX_FAULT_PAUSE_MAX: Duration = Duration::from_secs(60 * 60);
/// Most blanks that a fault of the sandbox sends in one body, in bytes.
pub const SANDBOX_HUGE_BODY_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// Calls of one endpoint that a sandbox with a rate limit lets pass in a second, as at Stripe.
pub const SANDBOX_ENDPOINT_RATE_MAX: u64 = 25;
/// Different idempotency keys, and different Stripe accounts, that the sandbox counts; more are
/// counted overall only.
pub const SANDBOX_COUNTED_NAMES_MAX: usize = 10_000;
/// Places that the sandbox sends its webhooks to.
pub const SANDBOX_WEBHOOK_URLS_MAX: usize = 16;
/// Times that the sandbox sends each event to each of them.
pub const SANDBOX_WEBHOOK_REPEAT_MAX: usize = 100;
/// Webhooks of the sandbox that may wait to be sent; more are lost, and counted as lost.
pub const SANDBOX_WEBHOOKS_QUEUED_MAX: usize = 10_000;
/// Webhooks that the sandbox sends at once.
pub const SANDBOX_WEBHOOKS_IN_FLIGHT_MAX: usize = 8;
/// Attempts to send one webhook, the first included.
pub const SANDBOX_WEBHOOK_ATTEMPTS_MAX: u32 = 4;
/// Time for one attempt.
pub const SANDBOX_WEBHOOK_TIMEOUT: Duration = Duration::from_secs(5);
/// Pause before the second attempt; doubled each time.
pub const SANDBOX_WEBHOOK_PAUSE: Duration = Duration::from_millis(100);
/// Forecasts that one rule file asks for: each is asked of every account where a rule looks at all of
/// them, and is recorded.
pub const FORECAST_CALLS_MAX: usize = 32;
/// Applicants of one corpus that is made: some 5 GB on disk.
pub const CORPUS_APPLICANTS_MAX: u32 = 100_000;
/// Longest line of labels, in bytes: 50,000 transactions of some hundred bytes.
pub const CORPUS_LABEL_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Largest file of one applicant's bank data in a corpus, in bytes.
pub const CORPUS_BANK_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// Longest line of a batch of applicants to analyse, in bytes: all accounts of one, and a name.
pub const BATCH_LINE_BYTES_MAX: usize = 64 * 1024;
/// Applicants of a file that are analysed or decided side by side: their bank data is in memory.
pub const BATCH_AT_ONCE: usize = 16;
/// Longest line of past applications, in bytes: an application, and bank data that stands in the line.
pub const PAST_LINE_BYTES_MAX: usize = 33 * 1024 * 1024;
/// Past applications that one import takes: their keys are in memory.
pub const PAST_APPLICATIONS_MAX: usize = 1_000_000;
/// Lines that were refused, of which a person is told why; `--json` tells of all.
pub const PAST_REFUSED_TOLD_MAX: usize = 20;
/// Applicants that one examination takes: their counts are in memory.
pub const EXAMINED_APPLICANTS_MAX: usize = 200_000;
/// Worst cases that a report describes.
pub const WORST_CASES_MAX: usize = 100;
/// First year in which the sandbox can live.
pub const SANDBOX_YEAR_MIN: i32 = 1990;
/// Last year in which the sandbox can live: every date of a loan then still has four digits.
pub const SANDBOX_YEAR_MAX: i32 = 2200;
/// Grants of all tenants, those that are over included: all are in memory, and looked through when
/// one is added.
pub const GRANTS_MAX: usize = 10_000;
/// Time after which a later use of a token is written down, beside the end of the process: what is not
/// is lost with a crash. Long against what it costs, short against the days in which a token is changed.
pub const TOKEN_USE_INTERVAL: Duration = Duration::from_secs(3_600);
/// Bytes read of the file that has those times: a line of at most 100 for each grant.
pub const TOKEN_USES_BYTES_MAX: u64 = 1_000_000;
/// Characters of the subject of a client certificate that is granted something.
pub const CERTIFICATE_SUBJECT_CHARS_MAX: usize = 1_024;
/// Longest that a token is granted for in days, where it is to end: ten years.
pub const GRANT_DAYS_MAX: u32 = 3_660;
/// How often it is told at most how many calls showed no good credential: guessing fills no log.
pub const REFUSED_TOLD_INTERVAL: Duration = Duration::from_secs(10);
