//! No circles of files: which file takes which names from which other, read from the source.
//!
//! A file depends on the files that define what it names. A name that a file merely passes on
//! (`pub use`) is followed to where it is defined, and declaring a module is no dependency. Nor is
//! it one to call into a module of its own by that module's name alone (`serve::run(…)`): a file
//! may put together what its folder holds.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use syn::{Item, UseTree};

use super::{assert_none, sources};

/// A module of the library by its path from the root: `["rules", "check"]`.
type Path = Vec<String>;

/// Files that run in a circle still, each circle in order. It only gets shorter: what is no circle
/// any more is taken out.
const STILL_CIRCULAR: [&[&str]; 0] = [];

/// What a file says of names.
#[derive(Default)]
struct Module {
    /// Where it is, for messages.
    file: String,
    /// The names that it defines itself.
    defined: BTreeSet<String>,
    /// The names that it brings in, with their paths as written.
    imported: BTreeMap<String, Path>,
    /// Paths of `use` declarations that keep the name for its own code.
    used: Vec<Path>,
    /// Paths of globs that it passes on.
    globs: Vec<Path>,
    /// Paths within expressions, types and macros.
    mentioned: Vec<Path>,
}

/// Every module that is a file, by its path.
struct Library(BTreeMap<Path, Module>);

impl Library {
    fn read() -> Self {
        let mut modules = BTreeMap::new();
        for source in sources(&["src"]) {
            if source.is_test() || source.path.ends_with("main.rs") {
                continue;
            }
            let inside = source.path.strip_prefix("src").unwrap().with_extension("");
            let mut path: Path = inside
                .iter()
                .map(|part| part.to_str().unwrap().to_owned())
                .collect();
            if path == ["lib"] {
                path.clear();
            }
            let mut module = read(&source.text);
            module.file = source.path.display().to_string();
            modules.insert(path, module);
        }
        Self(modules)
    }

    /// The file that a path as written in `from` leads to, where it is one of the library's. It
    /// follows what is passed on to the file that defines it.
    fn file(&self, from: &Path, written: &Path, depth: usize) -> Option<&Path> {
        let mut at = from.clone();
        let mut rest = written.iter();
        match rest.next()?.as_str() {
            "crate" => at.clear(),
            "self" => {}
            "super" => {
                at.pop()?;
            }
            first => return self.name(from, first, rest.as_slice(), depth),
        }
        let mut rest = rest.as_slice();
        while let Some((first, more)) = rest.split_first()
            && first == "super"
        {
            at.pop()?;
            rest = more;
        }
        match rest.split_first() {
            Some((first, more)) => self.name(&at, first, more, depth),
            None => self.0.get_key_value(&at).map(|(path, _)| path),
        }
    }

    /// The file of `name::rest` as seen inside of the module `at`.
    fn name(&self, at: &Path, name: &str, rest: &[String], depth: usize) -> Option<&Path> {
        // A chain of names passed on is short; a longer one runs in a circle.
        const DEPTH_MAX: usize = 16;
        if depth > DEPTH_MAX {
            return None;
        }
        let (at, module) = self.0.get_key_value(at)?;
        let child: Path = at.iter().cloned().chain([name.to_owned()]).collect();
        if let Some((child, _)) = self.0.get_key_value(&child) {
            return match rest.split_first() {
                Some((next, more)) => self.name(child, next, more, depth + 1).or(Some(child)),
                None => Some(child),
            };
        }
        if module.defined.contains(name) {
            return Some(at);
        }
        if let Some(path) = module.imported.get(name) {
            let whole: Path = path.iter().chain(rest).cloned().collect();
            return (path.first().is_some_and(|first| first != name))
                .then(|| self.file(at, &whole, depth + 1))
                .flatten();
        }
        module.globs.iter().find_map(|glob| {
            let whole: Path = glob.iter().chain([&name.to_owned()]).cloned().collect();
            self.file(at, &whole, depth + 1)
        })
    }

    /// Which file uses which others.
    fn edges(&self) -> BTreeMap<&Path, BTreeSet<&Path>> {
        let mut edges: BTreeMap<&Path, BTreeSet<&Path>> = BTreeMap::new();
        for (path, module) in &self.0 {
            let written = module.used.iter().chain(&module.mentioned);
            let files = written.filter_map(|written| self.file(path, written, 0));
            let others = files.filter(|file| *file != path && !file.is_empty());
            edges.entry(path).or_default().extend(others);
        }
        edges
    }
}

/// Reads one file.
fn read(text: &str) -> Module {
    let file = syn::parse_file(text).unwrap();
    let mut module = Module::default();
    for item in &file.items {
        if is_test(item) {
            continue;
        }
        if let Item::Use(item) = item {
            let passed_on = !matches!(item.vis, syn::Visibility::Inherited);
            flatten(&item.tree, &mut Path::new(), passed_on, &mut module);
            continue;
        }
        if let Item::Mod(item) = item
            && item.content.is_none()
        {
            continue;
        }
        module.defined.extend(name_of(item));
        mentions(quote::ToTokens::to_token_stream(item), &mut module);
    }
    module
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "syn adds kinds of items, and none of the others matters"
)]
fn is_test(item: &Item) -> bool {
    let attributes = match item {
        Item::Mod(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        _ => return false,
    };
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && quote::ToTokens::to_token_stream(attribute)
                .to_string()
                .contains("test")
    })
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "syn adds kinds of items, and none of the others matters"
)]
fn name_of(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}

/// The names of a `use` declaration, each with its whole path.
fn flatten(tree: &UseTree, before: &mut Path, passed_on: bool, into: &mut Module) {
    let mut take = |name: String, path: Path| {
        if !passed_on {
            into.used.push(path.clone());
        }
        into.imported.insert(name, path);
    };
    match tree {
        UseTree::Path(path) => {
            before.push(path.ident.to_string());
            flatten(&path.tree, before, passed_on, into);
            before.pop();
        }
        UseTree::Group(group) => {
            for tree in &group.items {
                flatten(tree, before, passed_on, into);
            }
        }
        UseTree::Name(name) if name.ident == "self" => {
            let last = before.last().cloned().unwrap_or_default();
            take(last, before.clone());
        }
        UseTree::Name(name) => {
            let name = name.ident.to_string();
            let path = before.iter().cloned().chain([name.clone()]).collect();
            take(name, path);
        }
        UseTree::Rename(renamed) => {
            let path = before.iter().cloned();
            let path = path.chain([renamed.ident.to_string()]).collect();
            take(renamed.rename.to_string(), path);
        }
        UseTree::Glob(_) if passed_on => into.globs.push(before.clone()),
        UseTree::Glob(_) => into.used.push(before.clone()),
    }
}

/// Paths in code that begin at the crate, the parent or the file itself: tokens, so that the insides
/// of macros count, too.
fn mentions(tokens: TokenStream, into: &mut Module) {
    let mut path = Path::new();
    let mut colons = 0;
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            // Who may see a name is no use of it: `pub(in crate::cli)`.
            TokenTree::Ident(word) if word == "pub" => {
                keep(&mut path, into);
                tokens.next_if(|next| matches!(next, TokenTree::Group(_)));
            }
            TokenTree::Ident(word) if path.is_empty() || colons == 2 => {
                path.push(word.to_string());
                colons = 0;
                continue;
            }
            TokenTree::Punct(punct) if punct.as_char() == ':' && !path.is_empty() => {
                colons += 1;
                continue;
            }
            TokenTree::Ident(word) => {
                keep(&mut path, into);
                path.push(word.to_string());
            }
            TokenTree::Group(group) => {
                keep(&mut path, into);
                mentions(group.stream(), into);
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => keep(&mut path, into),
        }
        colons = 0;
    }
    keep(&mut path, into);
}

fn keep(path: &mut Path, into: &mut Module) {
    let whole = std::mem::take(path);
    let begins = |word: &str| whole.first().is_some_and(|first| first == word);
    if whole.len() > 1 && (begins("crate") || begins("super") || begins("self")) {
        into.mentioned.push(whole);
    }
}

/// The groups of files that reach each other, each in order.
fn circles<'a>(edges: &BTreeMap<&'a Path, BTreeSet<&'a Path>>) -> BTreeSet<BTreeSet<&'a Path>> {
    let reach = |start: &'a Path| {
        let mut seen: BTreeSet<&'a Path> = BTreeSet::new();
        let mut open = vec![start];
        while let Some(file) = open.pop() {
            for next in edges.get(file).into_iter().flatten() {
                if seen.insert(next) {
                    open.push(next);
                }
            }
        }
        seen
    };
    let reached: BTreeMap<&Path, BTreeSet<&Path>> =
        edges.keys().map(|file| (*file, reach(file))).collect();
    let mutual = |file: &'a Path| -> BTreeSet<&'a Path> {
        let others = reached[file].iter().copied();
        others
            .filter(|other| reached.get(other).is_some_and(|back| back.contains(file)))
            .collect()
    };
    let circles = edges.keys().map(|file| mutual(file));
    circles.filter(|circle| circle.len() > 1).collect()
}

#[test]
fn files_run_in_no_circle() {
    let library = Library::read();
    let edges = library.edges();
    let name = |path: &Path| library.0[path].file.clone();
    let circles = circles(&edges);
    let files: BTreeSet<Vec<String>> = circles
        .iter()
        .map(|circle| circle.iter().map(|file| name(file)).collect())
        .collect();
    let known = |files: &Vec<String>| STILL_CIRCULAR.iter().any(|circle| files == circle);
    let mut problems: Vec<String> = circles
        .iter()
        .filter(|circle| !known(&circle.iter().map(|file| name(file)).collect()))
        .map(|circle| {
            let mut lines = vec![format!("a circle of {} files:", circle.len())];
            for file in circle {
                let others = edges[file].intersection(circle);
                let others: Vec<String> = others.map(|other| name(other)).collect();
                lines.push(format!("  {} uses {}", name(file), others.join(", ")));
            }
            lines.join("\n")
        })
        .collect();
    let there = |circle: &[&str]| files.iter().any(|files| files == circle);
    let gone = STILL_CIRCULAR.iter().filter(|circle| !there(circle));
    problems.extend(gone.map(|circle| {
        let circle = circle.join(", ");
        format!("take it out of `STILL_CIRCULAR`, it is no circle: {circle}")
    }));
    assert_none(&problems);
}

#[test]
fn dependencies_are_found_through_what_is_passed_on() {
    let file = |text: &str| read(text);
    let library = Library(BTreeMap::from([
        (
            vec!["a".to_owned()],
            file("mod b;\nmod c;\npub use b::B;\nfn own() { c::run() }"),
        ),
        (
            vec!["a".to_owned(), "b".to_owned()],
            file("pub struct B;\nfn f() -> super::c::C { matches!(x, self::super::c::C) }"),
        ),
        (
            vec!["a".to_owned(), "c".to_owned()],
            file("use super::B;\npub struct C(B);"),
        ),
    ]));
    let edges = library.edges();
    let (b, c) = (
        vec!["a".to_owned(), "b".to_owned()],
        vec!["a".to_owned(), "c".to_owned()],
    );
    // `super::B` is the file `b`, not its parent, which only passes it on.
    assert_eq!(edges[&b], BTreeSet::from([&c]));
    assert_eq!(edges[&c], BTreeSet::from([&b]));
    assert_eq!(circles(&edges), BTreeSet::from([BTreeSet::from([&b, &c])]));
}
