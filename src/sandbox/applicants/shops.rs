//! Shops that take cards: chains that are found everywhere, and those of one part of the country.

/// A shop that takes cards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Merchant {
    /// As it is on the statement.
    pub(super) name: &'static str,
    /// Where it says to be; nothing for one around the corner.
    pub(super) town: Option<&'static str>,
}

/// A shop in the holder's town.
pub(super) const fn shop(name: &'static str) -> Merchant {
    Merchant { name, town: None }
}

/// A shop somewhere else.
pub(super) const fn online(name: &'static str, town: &'static str) -> Merchant {
    Merchant {
        name,
        town: Some(town),
    }
}

// Groceries, region by region.
pub(super) const GROCERIES_MIDWEST: &[Merchant] = &[
    shop("KROGER #423"),
    shop("ALDI 72041"),
    shop("TRADER JOE S #512"),
    shop("WM SUPERCENTER #2211"),
    shop("WHOLEFDS MKT 10230"),
    shop("MEIJER # 107"),
];
pub(super) const GROCERIES_LAKES: &[Merchant] = &[
    shop("ALDI 72041"),
    shop("TRADER JOE S #512"),
    shop("WHOLEFDS MKT 10230"),
    shop("TARGET T-1375"),
];
pub(super) const GROCERIES_NORTHWEST: &[Merchant] = &[
    shop("SAFEWAY #1594"),
    shop("FRED MEYER 0215"),
    shop("TRADER JOE S #131"),
    shop("WINCO FOODS #45"),
];
pub(super) const GROCERIES_MOUNTAIN: &[Merchant] = &[
    shop("KING SOOPERS #0087"),
    shop("SAFEWAY #2910"),
    shop("SPROUTS FARMERS MAR"),
    shop("WM SUPERCENTER #5370"),
];
pub(super) const GROCERIES_SOUTHWEST: &[Merchant] = &[
    shop("FRYS FOOD #049"),
    shop("BASHAS 67"),
    shop("SPROUTS FARMERS MAR"),
    shop("WM SUPERCENTER #3861"),
];
pub(super) const GROCERIES_TEXAS: &[Merchant] = &[
    shop("H-E-B #375"),
    shop("WM SUPERCENTER #1455"),
    shop("ALDI 75022"),
    shop("FIESTA MART #14"),
];
pub(super) const GROCERIES_SOUTHEAST: &[Merchant] = &[
    shop("ALDI 72041"),
    shop("WM SUPERCENTER #2211"),
    shop("DOLLAR GENERAL #18034"),
    shop("SAMSCLUB #8237"),
];
pub(super) const GROCERIES_NORTHEAST: &[Merchant] = &[
    shop("STOP & SHOP 0042"),
    shop("BIG Y FOODS 84"),
    shop("ALDI 60118"),
    shop("PRICE CHOPPER #190"),
];

// Fuel, region by region.
pub(super) const FUEL_MIDWEST: &[Merchant] = &[
    shop("SHELL OIL 57444138209"),
    shop("BP#9423817"),
    shop("SPEEDWAY 09133"),
    shop("MARATHON 210344"),
];
pub(super) const FUEL_WEST: &[Merchant] = &[
    shop("SHELL OIL 10005562008"),
    shop("CHEVRON 0092317"),
    shop("76 - UNITED PACIFIC 0711"),
    shop("CIRCLE K 09412"),
];
pub(super) const FUEL_SOUTH: &[Merchant] = &[
    shop("SHELL OIL 57444138209"),
    shop("CIRCLE K 04417"),
    shop("EXXON 4791"),
    shop("CHEVRON 0201184"),
];
pub(super) const FUEL_NORTHEAST: &[Merchant] = &[
    shop("SUNOCO 0363172200"),
    shop("GULF OIL 91800236"),
    shop("MOBIL@ 12204417"),
];

// Shops of the whole country.
pub(super) const DINING: &[Merchant] = &[
    shop("CHIPOTLE 1822"),
    shop("MCDONALD'S F11029"),
    shop("STARBUCKS STORE 08814"),
    shop("SQ *CORNER BAKERY"),
    shop("TST* THE NOODLE BAR"),
    shop("PANERA BREAD #601442"),
];
pub(super) const PHARMACY: &[Merchant] = &[shop("CVS/PHARMACY #04217"), shop("WALGREENS #11408")];
pub(super) const SHOPPING: &[Merchant] = &[
    online("AMAZON MKTPL*2K4RT81", "SEATTLE WA"),
    shop("TARGET 00018622"),
    online("EBAY O*19-10422", "SAN JOSE CA"),
    shop("THE HOME DEPOT #3847"),
];
pub(super) const SUPPLIES: &[Merchant] = &[
    shop("THE HOME DEPOT #4002"),
    shop("LOWES #01108"),
    shop("HARBOR FREIGHT 0467"),
];

pub(super) const NETFLIX: Merchant = online("NETFLIX.COM", "LOS GATOS CA");
pub(super) const SPOTIFY: Merchant = online("SPOTIFY USA", "NEW YORK NY");
pub(super) const HULU: Merchant = online("HULU 877-8244858", "SANTA MONICA CA");
pub(super) const GYM: Merchant = shop("PLANET FIT CLUB FEES");
pub(super) const COFFEE: Merchant = shop("STARBUCKS STORE 08814");
