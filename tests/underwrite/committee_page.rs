//! The page about a backtest that a credit committee reads, from the program.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use super::backtest::Folder;
use super::browser::Browser;
use super::process::PROGRAM;

/// Runs `backtest` as its user does.
fn backtest(folder: &Folder, words: &[&str]) -> Output {
    Command::new(PROGRAM)
        .arg("backtest")
        .args(words)
        .arg("--data-dir")
        .arg(folder.path())
        .env_clear()
        .output()
        .unwrap()
}

/// The page about candidates.
fn page(folder: &Folder, words: &[&str]) -> String {
    let path = folder.path().join("page.html");
    let named = [words, &["--report", path.to_str().unwrap()]].concat();
    let ran = backtest(folder, &named);
    let said = String::from_utf8(ran.stderr).unwrap();
    assert!(ran.status.success(), "{said}");
    assert!(said.contains("the page is in `"), "{said}");
    fs::read_to_string(path).unwrap()
}

/// What is between two marks, the first time.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = text.split_once(from).unwrap_or_else(|| panic!("{from}"));
    rest.split_once(to).unwrap_or_else(|| panic!("{to}")).0
}

/// The cells of a table by rows, found by its caption.
fn table(page: &str, caption: &str) -> Vec<Vec<String>> {
    let table = between(page, &format!("<caption>{caption}"), "</table>");
    let body = between(table, "<tbody>", "</tbody>");
    let rows = body.split("</tr>").filter(|row| !row.is_empty());
    let cells = |row: &str| {
        let cells = row.split("</td>").filter(|cell| !cell.is_empty());
        let text = |cell: &str| cell.rsplit_once('>').unwrap().1.to_owned();
        cells.map(text).collect()
    };
    rows.map(cells).collect()
}

fn number(json: &Value) -> String {
    json.as_u64().unwrap().to_string()
}

#[tokio::test]
async fn its_figures_are_those_of_the_json() {
    let folder = Folder::new().await;
    let stricter = folder.stricter();
    let (_, found) = folder.run(&[&stricter]);
    let page = page(&folder, &[&stricter]);
    let told = &found["candidates"][0];
    assert!(page.contains(
        "changes 3 of 19 outcomes: 3 APPROVE to DECLINE (all by <code>income-low</code>)"
    ));

    let flows = told["flows"].as_array().unwrap();
    let matrix = table(&page, "Decisions by their outcome live");
    let counts = matrix.iter().flat_map(|row| &row[1..]);
    let expected: Vec<String> = flows
        .iter()
        .map(|flow| number(&flow["decisions"]))
        .collect();
    assert_eq!(counts.cloned().collect::<Vec<_>>(), expected);
    let sum: u64 = expected.iter().map(|one| one.parse::<u64>().unwrap()).sum();
    assert_eq!(number(&told["decided"]), sum.to_string());

    let hits = table(&page, "Rules of the candidate");
    let rules = told["rules"].as_array().unwrap();
    assert_eq!(hits.len(), rules.len());
    for (row, rule) in hits.iter().zip(rules) {
        assert_eq!(row[0], rule["rule"].as_str().unwrap());
        assert_eq!(row[1], number(&rule["hits"]["count"]));
        assert_eq!(row[3], number(&rule["alone"]));
    }

    let changes = table(&page, "1 difference");
    let change = ["params.income_min", "changed", "1500.00 usd", "3000.00 usd"];
    assert_eq!(changes, [change]);
    for flip in told["flips"]["listed"].as_array().unwrap() {
        assert!(page.contains(flip["decision"].as_str().unwrap()));
        let kept = &flip["candidate"][0]["otherwise"][0];
        assert!(page.contains(&format!("not with {}", kept.as_str().unwrap())));
    }
    assert!(page.contains(told["candidate"]["bundle"].as_str().unwrap()));
    let command = between(&page, "<pre>underwrite backtest ", "</pre>");
    assert!(command.starts_with(&stricter), "{command}");
}

#[tokio::test]
async fn whatever_is_named_is_text_and_nothing_is_fetched() {
    let folder = Folder::new().await;
    let hostile = "</script><script>alert(1)</script>";
    let renamed = fs::read_to_string(folder.stricter()).unwrap();
    let file = folder.file("\"><img src=x onerror=alert(1)>.toml", &renamed);
    let lines = folder.path().join("lines.jsonl");
    folder.run(&[&file, "--decisions", lines.to_str().unwrap()]);
    let mut segments = "application,segment\n".to_owned();
    for (at, line) in folder.lines(&lines).iter().enumerate() {
        let segment = ["a", hostile][at % 2];
        let application = line["application"].as_str().unwrap();
        segments.push_str(&format!("{application},{segment}\n"));
    }
    let segments = folder.file("segments.csv", &segments);
    let page = page(&folder, &[&file, "--segments", &segments]);
    assert!(page.contains("&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert_eq!(page.matches("<script").count(), 1);
    assert_eq!(page.matches("</script").count(), 1);
    assert!(!page.contains("<img") && !page.contains("url(") && !page.contains("@import"));
    for attribute in [" src=", " onerror=", " onclick=", " style="] {
        let inside = page.split('<').any(|tag| {
            let tag = tag.split('>').next().unwrap_or_default();
            tag.contains(attribute)
        });
        assert!(!inside, "{attribute}");
    }
    for target in page.split(" href=\"").skip(1) {
        assert!(target.starts_with('#'), "{target:.40}");
    }
    let policy = between(&page, "Content-Security-Policy\" content=\"", "\"");
    assert!(policy.contains("script-src &#39;sha256-") && !policy.contains("unsafe"));
}

#[cfg(unix)]
#[tokio::test]
async fn it_is_for_its_owner_and_overwrites_nothing() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new().await;
    let stricter = folder.stricter();
    let first = page(&folder, &[&stricter]);
    let path = folder.path().join("page.html");
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let named = [&stricter, "--report", path.to_str().unwrap()];
    let ran = backtest(&folder, &named);
    assert_eq!(ran.status.code(), Some(1));
    let said = String::from_utf8(ran.stderr).unwrap();
    assert!(said.contains("is not overwritten"), "{said}");
    assert!(ran.stdout.is_empty(), "that is said before the work");
    assert_eq!(fs::read_to_string(path).unwrap(), first);

    let printed = backtest(&folder, &[&stricter, "--report", "-"]);
    assert!(printed.stdout.starts_with(b"<!DOCTYPE html>"));
    assert!(printed.stdout.ends_with(b"</html>\n"));
    let both = backtest(&folder, &[&stricter, "--report", "-", "--json"]);
    assert_eq!(both.status.code(), Some(2));
}

/// What became of the loans that were approved, and a segment for each application.
fn beside(folder: &Folder, candidate: &str) -> (String, String) {
    let lines = folder.path().join("lines.jsonl");
    folder.run(&[candidate, "--decisions", lines.to_str().unwrap()]);
    let mut loans = "key,decision,event,date,amount,days_past_due\n".to_owned();
    let mut segments = "application,segment\n".to_owned();
    for (at, line) in folder.lines(&lines).iter().enumerate() {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let segment = if at % 7 < 3 {
            "under 62"
        } else {
            "62 and older"
        };
        segments.push_str(&format!("{},{segment}\n", text(&line["application"])));
        if !["APPROVE", "COUNTER"].contains(&&*text(&line["live"]["outcome"])) {
            continue;
        }
        let id = text(&line["decision"]);
        loans.push_str(&format!("f{at},{id},funded,2024-01-10,1000.00 usd,\n"));
        loans.push_str(&format!("i{at},{id},interest,2024-09-30,85.50 usd,\n"));
        if at % 6 == 0 {
            loans.push_str(&format!("d{at},{id},defaulted,2024-03-10,900.00 usd,\n"));
            loans.push_str(&format!("l{at},{id},loss,2024-05-30,640.00 usd,\n"));
        }
    }
    let loans = folder.file("loans.csv", &loans);
    (loans, folder.file("segments.csv", &segments))
}

/// Sorts the rules by how often they fired, then filters the flips by a word that one group has.
const USES_IT: &str = "(() => {
  const rules = [...document.querySelectorAll('#rules table')][0];
  const fired = () => [...rules.tBodies[0].rows].map((row) => +row.cells[1].textContent.replace(',', ''));
  const head = rules.tHead.rows[0].cells[1];
  head.firstElementChild.click();
  const most = fired();
  const order = [head.getAttribute('aria-sort')];
  head.firstElementChild.click();
  const least = fired();
  order.push(head.getAttribute('aria-sort'));
  const sorts = most.every((one, at) => !at || most[at - 1] >= one)
    && least.every((one, at) => !at || least[at - 1] <= one) && most[0] > least[0];
  const flips = document.querySelector('#flips .filtered:has(details)');
  const input = flips.querySelector('input');
  const rows = flips.querySelectorAll('tbody tr').length;
  const shown = () => flips.querySelectorAll('tbody tr:not([hidden])').length;
  const only = flips.querySelector('tbody b').textContent;
  const type = (text) => { input.value = text; input.dispatchEvent(new Event('input')); return shown(); };
  const all = [type('no such thing'), type(only), type('') === rows];
  const dates = ['2025-12-31', '2026-01-02', '2026-01-10', '2026-01-10 09:30 UTC', '2026-11-01'].map(numberIn);
  const dated = dates.every((one, at) => !at || dates[at - 1] < one);
  return [sorts, order.join(' '), ...all, flips.querySelectorAll('details[open]').length, dated].join();
})()";

/// In a browser the page says nothing on the console, is no wider than a phone or a desk, in light and dark;
/// its tables sort and filter; it prints.
#[tokio::test(flavor = "multi_thread")]
async fn it_holds_in_a_browser() {
    let Some(browser) = Browser::wanted() else {
        return;
    };
    let folder = Folder::of_a_thousand().await;
    let stricter = folder.stricter();
    let (from, to) = ("nsf_days_90d_max = '5'", "nsf_days_90d_max = '9'");
    let looser = folder.candidate("looser.toml", from, to);
    let (loans, segments) = beside(&folder, &stricter);
    let told = ["--performance", &loans, "--segments", &segments];
    let wide = [&stricter, &looser, "personal-loan@1.2.0"].map(|one: &str| one);
    for (name, candidates) in [("backtest", &[&*stricter][..]), ("candidates", &wide)] {
        let page = browser.page(name);
        let words = [candidates, &told, &["--report", page.to_str().unwrap()]].concat();
        let ran = backtest(&folder, &words);
        assert!(ran.status.success(), "{ran:?}");
        for dark in [false, true] {
            browser.fits(&page, dark);
        }
        browser.prints(&page);
        works(&browser, &page);
    }
    let page = browser.page("sweep");
    let sweep = "income_min=500 usd,1500 usd,2000 usd,3000 usd,4000 usd";
    let words = [
        &*stricter,
        "--sweep",
        sweep,
        "--report",
        page.to_str().unwrap(),
    ];
    let ran = backtest(&folder, &[&words[..], &told].concat());
    assert!(ran.status.success(), "{ran:?}");
    for dark in [false, true] {
        browser.fits(&page, dark);
    }
    browser.prints(&page);
}

fn works(browser: &Browser, page: &Path) {
    let used = browser.says(page, &[], USES_IT);
    assert_eq!(used, "true,descending ascending,0,1,true,0,true");
    // Its own policy lets its script run.
    let (dom, said) = browser.look(page, &["--dump-dom".to_owned()]);
    assert!(
        dom.contains("class=\"filter\"") && dom.contains("<button"),
        "{said}"
    );
}
