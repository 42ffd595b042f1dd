//! Webhooks: what happens to accounts is told to places on this machine, signed as Stripe signs.

pub(super) mod event;
mod post;
mod sign;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::error::SandboxError;
use crate::clock::{Clock, Pauses};
use crate::limits;
pub use event::EventKind;
use event::Happening;
use post::WebhookAddress;

/// Where to tell what happens, and how.
#[derive(Debug, Clone)]
pub struct Webhooks {
    /// Places on this machine: `http://127.0.0.1:8080/webhooks/stripe`.
    pub urls: Vec<String>,
    /// The secrets to sign with, `whsec_…`; two while one is being replaced.
    pub secrets: Vec<SecretString>,
    /// How often each event is sent to each place. With more than one, the events of a tenth of a
    /// second are sent in a random order.
    pub repeat: usize,
}

impl Webhooks {
    /// Tells one place of each event once.
    pub fn to(url: impl Into<String>, secret: SecretString) -> Self {
        Self {
            urls: vec![url.into()],
            secrets: vec![secret],
            repeat: 1,
        }
    }
}

/// Events on their way out.
#[derive(Debug)]
pub(super) struct Outbox {
    places: Vec<WebhookAddress>,
    secrets: Vec<SecretString>,
    repeat: usize,
    sender: mpsc::Sender<Event>,
    /// Until it is being delivered from.
    receiver: Mutex<Option<mpsc::Receiver<Event>>>,
    number: AtomicU64,
    delivered: AtomicU64,
    lost: AtomicU64,
}

type Event = Arc<str>;

/// The time over which events are gathered to be shuffled.
const GATHERING: Duration = Duration::from_millis(100);

impl Outbox {
    /// Checks where and how to tell.
    pub(super) fn new(webhooks: &Webhooks) -> Result<Self, SandboxError> {
        let refuse = |problem: String| SandboxError::Webhooks(problem);
        let max = limits::SANDBOX_WEBHOOK_URLS_MAX;
        if webhooks.urls.is_empty() || webhooks.urls.len() > max {
            let problem = format!("webhooks are sent to 1 to {max} URLs");
            return Err(refuse(problem));
        }
        let max = limits::SANDBOX_WEBHOOK_REPEAT_MAX;
        if !(1..=max).contains(&webhooks.repeat) {
            return Err(refuse(format!("a webhook is sent 1 to {max} times")));
        }
        let signs = |secret: &SecretString| !secret.expose_secret().is_empty();
        if webhooks.secrets.is_empty() || !webhooks.secrets.iter().all(signs) {
            let problem = "webhooks need a secret to be signed with, such as `whsec_test`";
            return Err(refuse(problem.to_owned()));
        }
        let place = |url: &String| {
            let refused = |why| refuse(format!("webhooks cannot be sent to `{url}`: {why}"));
            WebhookAddress::parse(url).map_err(refused)
        };
        let (sender, receiver) = mpsc::channel(limits::SANDBOX_WEBHOOKS_QUEUED_MAX);
        Ok(Self {
            places: webhooks.urls.iter().map(place).collect::<Result<_, _>>()?,
            secrets: webhooks.secrets.clone(),
            repeat: webhooks.repeat,
            sender,
            receiver: Mutex::new(Some(receiver)),
            number: AtomicU64::new(1),
            delivered: AtomicU64::new(0),
            lost: AtomicU64::new(0),
        })
    }

    /// Takes on what has happened.
    pub(super) fn put(&self, happenings: &[Happening]) {
        for happening in happenings {
            let number = self.number.fetch_add(1, Ordering::Relaxed);
            let id = format!("evt_sandbox{number:08}");
            let sent = match happening.body(&id, self.places.len()) {
                Ok(body) => self.sender.try_send(body.into()).is_ok(),
                Err(_) => false,
            };
            if !sent {
                let copies = self.places.len().saturating_mul(self.repeat);
                let copies = u64::try_from(copies).unwrap_or(u64::MAX);
                self.lost.fetch_add(copies, Ordering::Relaxed);
            }
        }
    }

    /// How many were taken, and how many given up.
    pub(super) fn tally(&self) -> (u64, u64) {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        (read(&self.delivered), read(&self.lost))
    }

    /// Delivers until `stop`.
    pub(super) async fn deliver(self: Arc<Self>, clock: Arc<dyn Clock>, stop: CancellationToken) {
        let receiver = self.receiver.lock();
        let taken = receiver.unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut receiver) = taken else {
            return;
        };
        let delivering = async {
            let mut flying = JoinSet::new();
            loop {
                let events = self.gather(&mut receiver).await;
                for (event, place) in self.copies(&events) {
                    while flying.len() >= limits::SANDBOX_WEBHOOKS_IN_FLIGHT_MAX {
                        flying.join_next().await;
                    }
                    let (outbox, clock) = (Arc::clone(&self), Arc::clone(&clock));
                    flying.spawn(async move { outbox.send(&event, &place, &*clock).await });
                }
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = delivering => {}
        }
    }

    /// The next event; those of a while, where they are to be shuffled.
    async fn gather(&self, receiver: &mut mpsc::Receiver<Event>) -> Vec<Event> {
        // INVARIANT: the sender is a field of this very outbox, so the channel never closes.
        let mut events: Vec<Event> = receiver.recv().await.into_iter().collect();
        if self.repeat > 1 {
            tokio::time::sleep(GATHERING).await;
            while let Ok(event) = receiver.try_recv() {
                events.push(event);
            }
        }
        events
    }

    /// Every copy of the events for every place, in the order of sending.
    fn copies(&self, events: &[Event]) -> Vec<(Event, WebhookAddress)> {
        let mut copies = Vec::new();
        for _ in 0..self.repeat {
            for event in events {
                let to = |place: &WebhookAddress| (Arc::clone(event), place.clone());
                copies.extend(self.places.iter().map(to));
            }
        }
        if self.repeat > 1 {
            shuffle(&mut copies, self.number.load(Ordering::Relaxed));
        }
        copies
    }

    /// Sends one copy until it is taken or given up.
    async fn send(&self, event: &str, place: &WebhookAddress, clock: &dyn Clock) {
        let mut pauses = Pauses::doubling(limits::SANDBOX_WEBHOOK_PAUSE, Duration::MAX);
        for attempt in 0..limits::SANDBOX_WEBHOOK_ATTEMPTS_MAX {
            if attempt > 0 {
                pauses.wait().await;
            }
            // Signed anew each time: whoever receives it checks that the time is not long past.
            let signature = sign::header(&self.secrets, clock.now().timestamp(), event);
            let posted = place.post(&signature, event);
            let answered = tokio::time::timeout(limits::SANDBOX_WEBHOOK_TIMEOUT, posted).await;
            if matches!(answered, Ok(Ok(200..=299))) {
                self.delivered.fetch_add(1, Ordering::Relaxed);
                return;
            }
        }
        self.lost.fetch_add(1, Ordering::Relaxed);
    }
}

/// Fisher and Yates' shuffle. The seed makes one run like another.
fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut random = super::applicants::Random::seeded(&seed.to_string());
    for last in (1..items.len()).rev() {
        let high = i64::try_from(last).unwrap_or(i64::MAX);
        if let Ok(other) = usize::try_from(random.between((0, high))) {
            items.swap(last, other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn accepts(change: impl FnOnce(&mut Webhooks)) -> bool {
        let mut webhooks = Webhooks::to("http://127.0.0.1:1/", "whsec_1".to_owned().into());
        change(&mut webhooks);
        Outbox::new(&webhooks).is_ok()
    }

    #[test]
    fn settings_are_checked_below_at_and_above_their_limits() {
        for (count, good) in [
            (0, false),
            (1, true),
            (limits::SANDBOX_WEBHOOK_URLS_MAX, true),
            (limits::SANDBOX_WEBHOOK_URLS_MAX + 1, false),
        ] {
            let urls = vec!["http://127.0.0.1:1/".to_owned(); count];
            assert_eq!(accepts(|it| it.urls = urls), good, "{count} URLs");
        }
        for (count, good) in [
            (0, false),
            (1, true),
            (limits::SANDBOX_WEBHOOK_REPEAT_MAX, true),
            (limits::SANDBOX_WEBHOOK_REPEAT_MAX + 1, false),
        ] {
            assert_eq!(accepts(|it| it.repeat = count), good, "{count} times");
        }
        assert!(!accepts(|it| it.secrets.clear()));
        assert!(!accepts(|it| it.secrets = vec![String::new().into()]));
        assert!(!accepts(
            |it| it.urls = vec!["http://example.com/".to_owned()]
        ));
    }

    #[test]
    fn more_events_than_may_wait_are_lost_and_counted() {
        let webhooks = Webhooks {
            repeat: 3,
            ..Webhooks::to("http://127.0.0.1:1/", "whsec_1".to_owned().into())
        };
        let outbox = Outbox::new(&webhooks).unwrap();
        let account = crate::sandbox::applicants("2026-06-10".parse().unwrap())
            .remove(0)
            .accounts
            .remove(0)
            .account;
        let happening = [Happening {
            kind: "a".to_owned(),
            account,
            created: 0,
            stripe_account: None,
            cause: None,
        }];
        for _ in 0..limits::SANDBOX_WEBHOOKS_QUEUED_MAX {
            outbox.put(&happening);
        }
        assert_eq!(outbox.tally(), (0, 0));
        outbox.put(&happening);
        assert_eq!(outbox.tally(), (0, 3));
    }

    proptest! {
        #[test]
        fn a_shuffle_loses_nothing(count in 0_usize..50, seed: u64) {
            let mut items: Vec<usize> = (0..count).collect();
            shuffle(&mut items, seed);
            items.sort();
            prop_assert_eq!(items, (0..count).collect::<Vec<_>>());
        }
    }
}
