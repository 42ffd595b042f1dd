//! What holds for every snapshot.

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;

use super::*;

fn instants() -> impl Strategy<Value = DateTime<Utc>> {
    (NOW - 400 * DAY..NOW + 2 * DAY).prop_map(at)
}

fn currencies() -> impl Strategy<Value = Currency> {
    prop_oneof![Just(Currency::USD), Just("EUR".parse().unwrap())]
}

fn texts() -> impl Strategy<Value = String> {
    "\\PC{0,12}"
}

fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("active"),
        Just("inactive"),
        Just("disconnected"),
        Just("cash"),
        Just("credit"),
        Just("checking"),
        Just("savings"),
        Just("balances"),
        Just("ownership"),
        Just("transactions"),
        Just("pending"),
        Just("posted"),
        Just("void"),
        Just("new"),
    ]
    .prop_map(str::to_owned)
}

fn accounts() -> impl Strategy<Value = Account> {
    let text = (texts(), option::of(texts()), option::of(texts()));
    let kind = (words(), words(), words(), vec(words(), 0..5));
    (text, kind, any::<bool>()).prop_map(|((institution, last4, display_name), kind, livemode)| {
        let (category, subcategory, status, permissions) = kind;
        Account {
            id: AccountId::parse("fca_1").unwrap(),
            category: Category::from_word(&category),
            subcategory: Subcategory::from_word(&subcategory),
            institution,
            last4,
            display_name,
            status: Status::from_word(&status),
            permissions: permissions
                .iter()
                .map(|word| Permission::from_word(word))
                .collect(),
            livemode,
            payment_methods: BTreeSet::new(),
            connected_account: None,
        }
    })
}

fn amounts() -> impl Strategy<Value = BTreeMap<Currency, i64>> {
    btree_map(currencies(), any::<i64>(), 0..3)
}

fn balances() -> impl Strategy<Value = Balance> {
    (
        instants(),
        amounts(),
        option::of(amounts()),
        option::of(amounts()),
    )
        .prop_map(|(as_of, current, available, used)| Balance {
            as_of,
            current,
            available,
            used,
        })
}

fn owners() -> impl Strategy<Value = Owner> {
    (
        texts(),
        option::of(texts()),
        option::of(texts()),
        option::of(texts()),
    )
        .prop_map(|(name, email, phone, raw_address)| Owner {
            name,
            email,
            phone,
            raw_address,
        })
}

/// Few ids and few values, so that ids come twice and versions differ in one thing only.
fn transactions() -> impl Strategy<Value = Transaction> {
    let description = prop_oneof![3 => Just("A".to_owned()), 1 => texts()];
    let amount = prop_oneof![3 => 0..2_i64, 1 => any::<i64>()];
    let time = || prop_oneof![4 => Just(at(NOW - DAY)), 1 => instants()];
    let times = (time(), option::of(time()), option::of(time()));
    let money = (amount, currencies(), description, words());
    (0..4_u32, money, times).prop_map(|(id, money, (transacted_at, posted_at, void_at))| {
        let (amount, currency, description, status) = money;
        Transaction {
            id: TransactionId::parse(&format!("fctxn_{id}")).unwrap(),
            amount,
            currency,
            description,
            status: TransactionStatus::from_word(&status),
            transacted_at,
            posted_at,
            void_at,
        }
    })
}

fn parts<T: fmt::Debug + Clone + 'static>(
    known: impl Strategy<Value = T>,
) -> impl Strategy<Value = Part<T>> {
    prop_oneof![
        4 => known.prop_map(Part::Known),
        1 => Just(Part::Absent(Absence::NoPermission)),
        1 => Just(Part::Absent(Absence::RefreshFailed)),
    ]
}

fn flags() -> impl Strategy<Value = BTreeSet<QualityFlag>> {
    let some = prop_oneof![
        Just(QualityFlag::RefreshPending),
        Just(QualityFlag::BalanceRefreshFailed)
    ];
    btree_set(some, 0..2)
}

fn fetches() -> impl Strategy<Value = Fetched> {
    let rows = vec(
        (transactions(), (0..3_i64).prop_map(|n| Some(at(NOW + n)))),
        0..30,
    );
    (
        accounts(),
        parts(balances()),
        parts(vec(owners(), 0..4)),
        parts(rows),
        flags(),
    )
        .prop_map(|(account, balance, owners, transactions, flags)| Fetched {
            account,
            balance,
            owners,
            transactions,
            flags,
            fetched_at: at(NOW),
            refreshed: Default::default(),
            transaction_refresh: None,
            earlier_balance: None,
        })
}

fn snapshots() -> impl Strategy<Value = Snapshot> {
    fetches().prop_map(|fetched| freeze(fetched, Zone::default()))
}

proptest! {
    #[test]
    fn what_is_encoded_comes_back(snapshot in snapshots()) {
        let bytes = encode(&snapshot);
        prop_assert_eq!(&decode(&bytes).unwrap(), &snapshot);
        prop_assert_eq!(encode(&snapshot), bytes, "one snapshot, one byte string");
    }

    #[test]
    fn the_order_of_delivery_does_not_matter(
        (fetched, shuffled) in fetches().prop_flat_map(|fetched| {
            let rows = fetched.transactions.known().cloned().unwrap_or_default();
            let owners = fetched.owners.known().cloned().unwrap_or_default();
            let orders = (Just(rows).prop_shuffle(), Just(owners).prop_shuffle());
            (Just(fetched), orders)
        })
    ) {
        let mut other = fetched.clone();
        if let Part::Known(rows) = &mut other.transactions {
            *rows = shuffled.0;
        }
        if let Part::Known(owners) = &mut other.owners {
            *owners = shuffled.1;
        }
        prop_assert_eq!(freeze(fetched, Zone::default()), freeze(other, Zone::default()));
    }

    #[test]
    fn each_id_comes_once_in_the_order_of_time(fetched in fetches()) {
        let delivered: BTreeSet<TransactionId> = fetched
            .transactions
            .known()
            .map(|rows| rows.iter().map(|(row, _)| row.id.clone()).collect())
            .unwrap_or_default();
        let snapshot = freeze(fetched, Zone::default());
        if let Ok(rows) = snapshot.transactions.known() {
            let places: Vec<_> = rows.iter().map(|row| (row.transacted_at, row.id)).collect();
            prop_assert!(places.is_sorted());
            let kept: BTreeSet<_> = rows.iter().map(|row| row.to_owned().id).collect();
            prop_assert_eq!(kept.len(), rows.len());
            prop_assert_eq!(kept, delivered);
        }
    }

    #[test]
    fn the_hash_names_content_and_salt(
        one in snapshots(),
        other in snapshots(),
        salt: [u8; 32],
        another: [u8; 32],
    ) {
        let sealed = seal(&one, salt).unwrap();
        prop_assert_eq!(seal(&one, salt).unwrap().hash, sealed.hash);
        prop_assert_eq!(&unseal(&sealed).unwrap(), &one);
        prop_assert_eq!(seal(&other, salt).unwrap().hash == sealed.hash, one == other);
        prop_assert_eq!(seal(&one, another).unwrap().hash == sealed.hash, salt == another);
        let forged = Sealed { bytes: seal(&other, salt).unwrap().bytes, ..sealed };
        prop_assert_eq!(unseal(&forged).is_ok(), one == other);
    }

    #[test]
    fn arbitrary_bytes_never_panic(
        bytes: Vec<u8>,
        flip in any::<(usize, u8)>(),
        one in snapshots(),
    ) {
        drop(decode(&bytes));
        drop(decode(&stored(&bytes)));
        let mut damaged = encode(&one);
        let place = flip.0 % damaged.len();
        damaged[place] ^= flip.1;
        drop(decode(&damaged));
        drop(decode(&damaged[..place]));
    }
}
