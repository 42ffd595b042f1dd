//! With a ledger, the server shows what an edit changes on recorded decisions.

use super::super::golden;
use super::*;

/// An editor that knows these, beside the golden ledger.
async fn editor(folder: &TempDir, capabilities: &Value) -> Editor {
    let ledger = folder.path().join("ledger.sqlite");
    fs::copy(golden::newest().await, ledger).unwrap();
    let data = folder.path().to_str().unwrap();
    Editor::begin(&["--data-dir", data], capabilities)
}

impl Editor {
    fn save(&mut self, uri: &str) {
        let params = json!({ "textDocument": { "uri": uri } });
        self.tell("textDocument/didSave", params);
    }

    /// Waits until the server wants something to be asked for again, and answers that it will be.
    fn wait_for_refresh(&mut self, of: &str) {
        loop {
            let message = self.receive();
            if message["method"] == format!("workspace/{of}/refresh") {
                self.send(&json!({ "jsonrpc": "2.0", "id": message["id"], "result": null }));
                return;
            }
        }
    }

    /// The lines above tables, each with the line of the text that it stands above.
    fn lenses(&mut self, uri: &str, text: &str) -> Vec<(String, String)> {
        let params = json!({ "textDocument": { "uri": uri } });
        let lenses = self.ask("textDocument/codeLens", params);
        let lenses = lenses.as_array().into_iter().flatten();
        let lines = lenses.map(|lens| {
            let at = offset(text, &lens["range"]["start"]);
            let below = text.get(at..).unwrap().lines().take(2);
            let title = lens["command"]["title"].as_str().unwrap();
            (below.collect::<Vec<_>>().join(" "), title.to_owned())
        });
        lines.collect()
    }
}

fn stricter() -> String {
    shipped().replacen(
        "income_min = '1500.00 usd'",
        "income_min = '3000.00 usd'",
        1,
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_saved_edit_changes_stands_above_the_head_and_the_rules_that_do_it() {
    let folder = super::super::harness::private_folder();
    let uri = uri(&folder.path().join("rules.toml"));
    let knows = json!({
        "textDocument": { "codeLens": {}, "inlayHint": {} },
        "workspace": { "codeLens": { "refreshSupport": true } },
    });
    let mut editor = editor(&folder, &knows).await;
    let text = shipped();
    editor.open(&uri, &text);
    // What is asked at once is answered at once.
    assert_eq!(editor.lenses(&uri, &text), []);
    editor.wait_for_refresh("codeLens");
    let found = editor.lenses(&uri, &text);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].0.starts_with("[rule_set]"), "{found:?}");
    assert!(
        found[0].1.starts_with("this edit changes none of "),
        "{found:?}"
    );

    // An edit shows nothing new before it is saved.
    let strict = stricter();
    editor.change(&uri, 2, &strict);
    assert_eq!(editor.lenses(&uri, &strict), found);
    editor.save(&uri);
    editor.wait_for_refresh("codeLens");
    let found = editor.lenses(&uri, &strict);
    assert!(found[0].1.contains(" to DECLINE"), "{found:?}");
    let by_income = found
        .iter()
        .find(|(below, _)| below == "[[rule]] id = \"income-low\"");
    assert!(
        by_income.is_some_and(|(_, title)| title.contains(" to DECLINE; ")),
        "{found:?}"
    );
    // Above what it stands, wherever that is now.
    let moved = format!("\n\n{strict}");
    editor.change(&uri, 3, &moved);
    assert_eq!(editor.lenses(&uri, &moved), found);
    // Saved so that it is none that can be used, it changes nothing.
    let wrong = strict.replacen("'3000.00 usd'", "'3000.00 eur'", 1);
    editor.change(&uri, 4, &wrong);
    editor.save(&uri);
    editor.wait_for(&uri, &["wrong_currency"]);
    editor.wait_for_refresh("codeLens");
    assert_eq!(editor.lenses(&uri, &wrong), []);
    editor.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feature_is_told_with_what_it_was_and_hints_stand_in_for_lenses() {
    let folder = super::super::harness::private_folder();
    let path = folder.path().join("rules.toml");
    let shared = folder.path().join("shared.toml");
    let (main, shared) = (uri(&path), uri(&shared));
    let knows = json!({
        "textDocument": { "inlayHint": {} },
        "workspace": { "inlayHint": { "refreshSupport": true } },
    });
    let mut editor = editor(&folder, &knows).await;
    // The rule that declines stands in a fragment.
    let strict = stricter();
    let begin = strict.find("[[rule]]\nid = \"income-low\"").unwrap();
    let end = begin + slice(&strict, begin..strict.len()).find("\n\n").unwrap();
    let rule = slice(&strict, begin..end).to_owned();
    let text = format!(
        "import = ['shared.toml']\n{}",
        strict.replacen(&rule, "", 1)
    );
    editor.open(&shared, &rule);
    editor.open(&main, &text);
    editor.wait_for_refresh("inlayHint");
    let hints = |editor: &mut Editor, uri: &str| {
        let end = json!({ "line": 10_000, "character": 0 });
        let range = json!({ "start": { "line": 0, "character": 0 }, "end": end });
        let params = json!({ "textDocument": { "uri": uri }, "range": range });
        editor.ask("textDocument/inlayHint", params)
    };
    let of_main = hints(&mut editor, &main);
    let label = of_main[0]["label"].as_str().unwrap();
    assert!(label.starts_with("this edit changes "), "{of_main}");
    let at = offset(&text, &of_main[0]["position"]);
    assert!(slice(&text, 0..at).ends_with("[rule_set]"), "{of_main}");
    let of_shared = hints(&mut editor, &shared);
    let label = of_shared[0]["label"].as_str().unwrap();
    assert!(label.contains(" to DECLINE; "), "{of_shared}");
    assert_eq!(
        of_shared[0]["position"],
        json!({ "line": 0, "character": 8 })
    );

    // Features come a moment later.
    let at = rule.find("income.monthly_net").unwrap();
    let said = loop {
        let card = editor.ask_at("hover", &shared, &rule, at);
        let said = card["contents"]["value"].as_str().unwrap().to_owned();
        if said.contains(" decisions on ") {
            break said;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    assert!(
        said.starts_with("**`income.monthly_net`**: money, household"),
        "{said}"
    );
    assert!(said.contains("| least | 10 % | 25 % | median |"), "{said}");
    assert!(said.contains(" usd |"), "{said}");
    let text = format!("{text}\n[derive]\nsigned = 'data.amount_sign'\n");
    editor.change(&main, 2, &text);
    let at = text.rfind("data.amount_sign").unwrap();
    let card = editor.ask_at("hover", &main, &text, at);
    let said = card["contents"]["value"].as_str().unwrap();
    assert!(said.contains("\n- proven: "), "{said}");
    editor.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_without_a_ledger_is_told_once_and_all_else_works() {
    let folder = super::super::harness::private_folder();
    let uri = uri(&folder.path().join("rules.toml"));
    let knows = json!({ "textDocument": { "codeLens": {} } });
    let data = folder.path().to_str().unwrap();
    let mut editor = Editor::begin(&["--data-dir", data], &knows);
    let text = shipped();
    editor.open(&uri, &text);
    for version in 2..4 {
        editor.change(&uri, version, &text);
        editor.save(&uri);
        editor.ask_at("hover", &uri, &text, 3);
        std::thread::sleep(limits::EDITOR_QUIET * 2);
    }
    assert_eq!(editor.lenses(&uri, &text), []);
    let said = editor.end_saying();
    assert_eq!(said.matches("there is no ledger").count(), 1, "{said}");
}
