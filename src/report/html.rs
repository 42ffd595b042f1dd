//! A report as one page that needs nothing else: no network, no file beside it. One that is long sorts and
//! filters its tables by a script inside of it, and is whole without.

mod backtest;
mod details;
mod examination;
mod packet;
mod packet_data;
mod parts;
mod sections;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

pub use backtest::backtest_page;
pub use examination::examination_page;
pub use packet::packet_page;

use super::markup::Markup;
use super::model::Report;

/// The style of the page, inside of it.
const STYLE: &str = include_str!("page.css");

/// The page about an applicant's bank data.
pub fn page(report: &Report) -> String {
    document(&format!("Bank data on {}", report.date), |main| {
        for section in sections::SECTIONS {
            section(main, report);
        }
    })
}

/// A page without a script.
fn document(title: &str, inside: impl FnOnce(&mut Markup)) -> String {
    document_with(title, &[STYLE], &[], inside)
}

/// A page. Whatever is from a bank is escaped; a browser that heeds the policy inside of the page takes no
/// other styles and runs no other scripts than these, and fetches nothing.
fn document_with(
    title: &str,
    styles: &[&'static str],
    scripts: &[&'static str],
    inside: impl FnOnce(&mut Markup),
) -> String {
    let policy = format!(
        "default-src 'none'; base-uri 'none'; form-action 'none'; style-src {}; script-src {}",
        sources(styles),
        sources(scripts)
    );
    let mut page = Markup::default();
    page.verbatim("<!DOCTYPE html>\n");
    page.within("html", &[("lang", "en")], |html| {
        html.within("head", &[], |head| {
            head.empty("meta", &[("charset", "utf-8")]);
            head.empty(
                "meta",
                &[
                    ("http-equiv", "Content-Security-Policy"),
                    ("content", &policy),
                ],
            );
            let fits = "width=device-width, initial-scale=1";
            head.empty("meta", &[("name", "viewport"), ("content", fits)]);
            head.empty("meta", &[("name", "robots"), ("content", "noindex")]);
            head.empty("meta", &[("name", "referrer"), ("content", "no-referrer")]);
            head.element("title", &[], title);
            for style in styles {
                head.within("style", &[], |inside| inside.verbatim(style));
            }
        });
        html.within("body", &[], |body| {
            body.within("main", &[], inside);
            for script in scripts {
                body.within("script", &[], |inside| inside.verbatim(script));
            }
        });
    });
    page.verbatim("\n");
    page.finish()
}

/// What a policy lets in: each by its hash, and nothing where there is none.
fn sources(inline: &[&str]) -> String {
    let hashes = inline.iter().map(|one| {
        let hash = BASE64_STANDARD.encode(Sha256::digest(one));
        format!("'sha256-{hash}'")
    });
    let hashes: Vec<String> = hashes.collect();
    match hashes.is_empty() {
        true => "'none'".to_owned(),
        false => hashes.join(" "),
    }
}
