//! Who the made-up people are, whom they work for, and where they spend.

use super::random::Random;

const FIRST: &[&str] = &[
    "Amara",
    "Beatriz",
    "Calvin",
    "Dolores",
    "Ezekiel",
    "Farida",
    "Gareth",
    "Hyun",
    "Imani",
    "Joaquin",
    "Keiko",
    "Lamar",
    "Marisol",
    "Nadia",
    "Oswaldo",
    "Precious",
    "Quentin",
    "Rashida",
    "Stephen",
    "Thuy",
    "Ulises",
    "Valentina",
    "Wendell",
    "Xiomara",
    "Yusuf",
    "Zoe",
    "Mary Ann",
    "Deshawn",
    "Siobhan",
    "Hector",
];
const LAST: &[&str] = &[
    "Abernathy",
    "Bhattacharya",
    "Castellanos",
    "Delacroix",
    "Eriksen",
    "Fontaine",
    "Gutierrez",
    "Hollingsworth",
    "Iverson",
    "Jankowski",
    "Kowalczyk",
    "Lindqvist",
    "Mbeki",
    "Nakamura",
    "Okonkwo",
    "Pruitt",
    "Quintero",
    "Rasmussen",
    "Szymanski",
    "Tran",
    "Underhill",
    "Villarreal",
    "Washburn",
    "Yamaguchi",
    "Zielinski",
    "Garcia Lopez",
    "O'Connor",
    "Nguyen",
    "Smith",
    "Reyes",
];
const PLACE: &[&str] = &[
    "Harbor",
    "Ridgeway",
    "Bluebird",
    "Cedar Grove",
    "Tri County",
    "Lakeshore",
    "Pinnacle",
    "Redwood",
    "Sandhill",
    "Foxglove",
    "Ironbridge",
    "Maple Leaf",
    "Northgate",
    "Old Mill",
    "Palmetto",
    "Quarry",
    "Riverbend",
    "Stonehouse",
    "Two Rivers",
    "Westbrook",
    "Yellowstone",
    "Copperfield",
    "Granite",
    "Juniper",
    "Meridian",
    "Osprey",
    "Saguaro",
    "Tamarack",
];
const TRADE: &[&str] = &[
    "Logistics",
    "Dental Group",
    "Foods",
    "Builders",
    "School District",
    "Memorial Hospital",
    "Hospitality",
    "Machining",
    "Landscaping",
    "Pediatrics",
    "Freight",
    "Plastics",
    "Laundry",
    "Nurseries",
    "Security Services",
    "Packaging",
    "Orchards",
    "Software",
    "Diner",
    "Roofing",
    "Staffing",
    "Home Care",
    "Warehousing",
    "Auto Body",
    "Printing",
    "Bakery",
];
const FORM: &[&str] = &["", "", "", " Inc", " LLC", " Co", " Corp", " of Ohio"];
const SHOPS: &[&str] = &[
    "KROGER #{4}",
    "SHELL OIL {8}",
    "WAL-MART #{4}",
    "ALDI {5}",
    "STARBUCKS STORE {5}",
    "TARGET T-{4}",
    "WHOLEFDS {5}",
    "CHIPOTLE {4}",
    "DOLLAR GENERAL #{5}",
    "CVS/PHARMACY #{5}",
    "HOME DEPOT {4}",
    "QT {4}",
    "PUBLIX #{4}",
    "EL RODEO GRILL",
    "SUNNY NAILS",
    "MCDONALD'S F{5}",
    "7-ELEVEN {5}",
    "TST* CORNER TAVERN",
    "SQ *GOOD BEAN COFFEE",
    "AMZN MKTP US*{6}",
];

/// A person, as the applicant writes the name.
#[derive(Debug, Clone, Default)]
pub(super) struct Person {
    pub(super) first: String,
    pub(super) last: String,
}

impl Person {
    pub(super) fn random(random: &mut Random) -> Self {
        Self {
            first: random.pick(FIRST).to_owned(),
            last: random.pick(LAST).to_owned(),
        }
    }

    /// `Mary Ann Smith`.
    pub(super) fn full(&self) -> String {
        format!("{} {}", self.first, self.last)
    }

    /// `SMITH MARY ANN`, as employers send it.
    pub(super) fn last_first(&self) -> String {
        format!("{} {}", self.last, self.first).to_uppercase()
    }
}

/// An employer, in the employer's own writing.
pub(super) fn employer(random: &mut Random) -> String {
    format!(
        "{} {}{}",
        random.pick(PLACE),
        random.pick(TRADE),
        random.pick(FORM)
    )
}

/// A place name, for landlords and schools.
pub(super) fn place(random: &mut Random) -> String {
    random.pick(PLACE).to_owned()
}

/// A shop as a card terminal names it, `{4}` standing for four digits.
pub(super) fn shop(random: &mut Random) -> String {
    let template = random.pick(SHOPS);
    fill(template, random)
}

/// Puts digits where a template says how many.
pub(super) fn fill(template: &str, random: &mut Random) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let Some((count, after)) = after.split_once('}') else {
            break;
        };
        text.push_str(&random.digits(count.parse().unwrap_or(0)));
        rest = after;
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stand_where_the_template_says() {
        let text = fill("A {2}-{3} B", &mut Random::new(1, 1));
        assert_eq!(text.len(), "A 12-345 B".len());
        assert!(text.chars().filter(char::is_ascii_digit).count() == 5);
        assert!(!shop(&mut Random::new(3, 1)).contains('{'));
    }
}
