//! Pages in a real browser: what it says, how wide they are, how they look.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A browser, and a folder for what is seen.
pub(crate) struct Browser {
    pub(crate) folder: PathBuf,
    program: String,
}

impl Browser {
    /// Where `.ci/long` says that the pages are to be looked at in one: `PAGES` is the folder, `CHROMIUM` the
    /// program.
    pub(crate) fn wanted() -> Option<Self> {
        let folder = PathBuf::from(std::env::var_os("PAGES")?);
        fs::create_dir_all(&folder).unwrap();
        Some(Self {
            folder: folder.canonicalize().unwrap(),
            program: std::env::var("CHROMIUM").unwrap_or_else(|_| "chromium".to_owned()),
        })
    }

    /// The place of a page that is to be made anew.
    pub(crate) fn page(&self, name: &str) -> PathBuf {
        let page = self.folder.join(format!("{name}.html"));
        let _ = fs::remove_file(&page);
        page
    }

    /// Has the browser look at a page, and gives what it wrote to both streams.
    pub(crate) fn look(&self, page: &Path, flags: &[String]) -> (String, String) {
        let program = &self.program;
        let url = format!("file://{}", page.display());
        let ran = Command::new(program)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
            ])
            .arg("--enable-logging=stderr")
            .args(flags)
            .arg(url)
            .output()
            .unwrap_or_else(|error| panic!("`{program}`: {error}: `CHROMIUM` names the program"));
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(ran.status.success(), "{}", text(&ran.stderr));
        (text(&ran.stdout), text(&ran.stderr))
    }

    /// What a script of the test's own writes into the title: the page itself lets none but its own run, so
    /// this is a copy without its policy.
    pub(crate) fn says(&self, page: &Path, flags: &[String], script: &str) -> String {
        let copy = page.with_extension("asked.html");
        let html = fs::read_to_string(page).unwrap();
        let asks = format!("<script>document.title = {script}</script></body>");
        let html = html.replace("Content-Security-Policy", "x-none");
        fs::write(&copy, html.replace("</body>", &asks)).unwrap();
        let flags = [flags, &["--dump-dom".to_owned()]].concat();
        let (dom, _) = self.look(&copy, &flags);
        fs::remove_file(copy).unwrap();
        let title = dom.split_once("<title>").unwrap().1;
        title.split_once("</title>").unwrap().0.to_owned()
    }

    /// At the widths of a phone, a tablet and a desk, the page says nothing on the console and is no wider. What is
    /// seen is left beside it.
    pub(crate) fn fits(&self, page: &Path, dark: bool) {
        let name = page.file_stem().unwrap().to_str().unwrap();
        for width in [390, 768, 1280] {
            let mut flags = vec![format!("--window-size={width},2400")];
            let mut seen = format!("{name}-{width}");
            if dark {
                flags.push("--blink-settings=preferredColorScheme=0".to_owned());
                seen.push_str("-dark");
            }
            let picture = self.folder.join(format!("{seen}.png"));
            let shot = format!("--screenshot={}", picture.display());
            let (_, said) = self.look(page, &[flags.as_slice(), &[shot]].concat());
            assert!(!said.contains("CONSOLE"), "{name} at {width}: {said}");
            assert!(picture.metadata().unwrap().len() > 10_000);
            let wider = self.says(
                page,
                &flags,
                "[document.documentElement.scrollWidth - innerWidth, \
                 matchMedia('(prefers-color-scheme: dark)').matches].join()",
            );
            assert_eq!(wider, format!("0,{dark}"), "{name} at {width}");
        }
    }

    /// The page on paper, beside it.
    pub(crate) fn prints(&self, page: &Path) {
        let paper = page.with_extension("pdf");
        let print = format!("--print-to-pdf={}", paper.display());
        self.look(page, &[print, "--no-pdf-header-footer".to_owned()]);
        assert!(fs::read(&paper).unwrap().starts_with(b"%PDF"));
    }
}
