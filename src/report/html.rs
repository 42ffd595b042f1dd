//! The report as one page that needs nothing else: no script, no network, no file beside it.

mod details;
mod examination;
mod packet;
mod packet_data;
mod parts;
mod sections;

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

/// A page. Whatever is from a bank is escaped; a browser that heeds the policy inside of the page runs
/// nothing and fetches nothing.
fn document(title: &str, inside: impl FnOnce(&mut Markup)) -> String {
    let mut page = Markup::default();
    page.verbatim("<!DOCTYPE html>\n");
    page.within("html", &[("lang", "en")], |html| {
        html.within("head", &[], |head| {
            head.empty("meta", &[("charset", "utf-8")]);
            let policy = "default-src 'none'; style-src 'unsafe-inline'";
            head.empty(
                "meta",
                &[
                    ("http-equiv", "Content-Security-Policy"),
                    ("content", policy),
                ],
            );
            let fits = "width=device-width, initial-scale=1";
            head.empty("meta", &[("name", "viewport"), ("content", fits)]);
            head.empty("meta", &[("name", "robots"), ("content", "noindex")]);
            head.empty("meta", &[("name", "referrer"), ("content", "no-referrer")]);
            head.element("title", &[], title);
            head.within("style", &[], |style| style.verbatim(STYLE));
        });
        html.within("body", &[], |body| body.within("main", &[], inside));
    });
    page.verbatim("\n");
    page.finish()
}
