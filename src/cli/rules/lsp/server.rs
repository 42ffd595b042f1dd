//! The order of a session, and which request is answered by what.

use gen_lsp_types::json_rpc::{Id, RequestObject, ResponseObject};
use gen_lsp_types::{
    CodeActionKind, CodeActionOptions, CodeActionRequest, CodeLensOptions, CodeLensRefreshRequest,
    CodeLensRequest, CompletionOptions, CompletionRequest, DefinitionRequest,
    DocumentFormattingRequest, ErrorCodes, HoverRequest, InitializeRequest, InitializeResult,
    InlayHintRefreshRequest, InlayHintRequest, PositionEncodingKind, Request, ServerCapabilities,
    ServerInfo, ShutdownRequest, TextDocumentSyncKind, TextDocumentSyncOptions, Uri,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::documents::Documents;
use super::event::Told;
use super::wire::{Incoming, Outgoing};
use crate::cli::Exit;
use crate::editor::Encoding;

/// What comes after a message.
pub(super) enum Step {
    /// These messages, and the next one is waited for.
    Goes(Vec<Outgoing>),
    Ends(Exit),
}

/// How far a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    New,
    Running,
    ShutDown,
}

/// How lines are shown that belong above a table.
///
/// Code lenses stand there and are as long as they are. An inlay hint stands behind the header of the table
/// and may be cut (VS Code does after 43 characters), but some editors, Helix among them, know no lenses: so
/// those that do are given lenses, and the others hints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Above {
    Lenses,
    Hints,
    /// The editor knows neither.
    Nothing,
}

/// One session with an editor.
pub(super) struct Server {
    stage: Stage,
    documents: Documents,
    above: Above,
    /// Whether the editor asks for those lines again when it is told to.
    refreshes: bool,
    /// How often it was.
    refreshed: i32,
}

impl Server {
    pub(super) fn new() -> Self {
        Self {
            stage: Stage::New,
            documents: Documents::default(),
            above: Above::Nothing,
            refreshes: false,
            refreshed: 0,
        }
    }

    /// Whether something was written of which nothing was told yet.
    pub(super) fn has_untold(&self) -> bool {
        self.documents.has_untold()
    }

    /// Checks what was written.
    pub(super) fn check(&mut self) -> Step {
        Step::Goes(self.documents.check())
    }

    /// What is open.
    pub(super) fn documents(&mut self) -> &mut Documents {
        &mut self.documents
    }

    /// Takes what was found of a rule set; the editor is told to ask for what it shows of it.
    pub(super) fn found(&mut self, uri: &Uri, told: Told) -> Step {
        let is_new = self.documents.found(uri, told) && self.refreshes;
        let id = Id::String(format!("refresh-{}", self.refreshed));
        let refresh = match self.above {
            Above::Lenses => RequestObject::from_request::<CodeLensRefreshRequest>(id, ()),
            Above::Hints => RequestObject::from_request::<InlayHintRefreshRequest>(id, ()),
            Above::Nothing => return Step::Goes(Vec::new()),
        };
        if !is_new {
            return Step::Goes(Vec::new());
        }
        self.refreshed = self.refreshed.wrapping_add(1);
        Step::Goes(vec![Outgoing::Request(refresh)])
    }

    /// What is to be said beside the protocol.
    pub(super) fn notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.documents.notes)
    }

    /// How the program ends now: an editor that is done says `shutdown` first.
    pub(super) fn exit(&self) -> Exit {
        match self.stage {
            Stage::ShutDown => Exit::Success,
            Stage::New | Stage::Running => Exit::Failure,
        }
    }

    pub(super) fn take(&mut self, message: Incoming) -> Step {
        let answers = match message {
            Incoming::Notification { method, .. } if method == "exit" => {
                return Step::Ends(self.exit());
            }
            Incoming::Notification { method, params } => {
                if self.stage == Stage::Running {
                    self.told(&method, params);
                }
                Vec::new()
            }
            Incoming::Request { id, method, params } => vec![self.asked(id, &method, params)],
            Incoming::Answer => Vec::new(),
            Incoming::Malformed(answer) => vec![answer],
        };
        Step::Goes(answers)
    }

    fn asked(&mut self, id: Id, method: &str, params: Value) -> Outgoing {
        match (self.stage, method) {
            (Stage::New, "initialize") => self.initialize(id, &params),
            (Stage::New, _) => {
                let message = "`initialize` comes first";
                Outgoing::error(id, ErrorCodes::ServerNotInitialized, message)
            }
            (Stage::Running, "shutdown") => {
                self.stage = Stage::ShutDown;
                success::<ShutdownRequest>(id, ())
            }
            (Stage::Running, "initialize") => {
                let message = "`initialize` comes once";
                Outgoing::error(id, ErrorCodes::InvalidRequest, message)
            }
            (Stage::Running, _) => self.about_a_document(id, method, params),
            (Stage::ShutDown, _) => {
                let message = "nothing but `exit` comes after `shutdown`";
                Outgoing::error(id, ErrorCodes::InvalidRequest, message)
            }
        }
    }

    fn about_a_document(&mut self, id: Id, method: &str, params: Value) -> Outgoing {
        let documents = &mut self.documents;
        match method {
            "textDocument/completion" => answer::<CompletionRequest>(id, params, |params| {
                documents.completion(&params.text_document_position_params)
            }),
            "textDocument/hover" => answer::<HoverRequest>(id, params, |params| {
                documents.hover(&params.text_document_position_params)
            }),
            "textDocument/definition" => answer::<DefinitionRequest>(id, params, |params| {
                documents.definition(&params.text_document_position_params)
            }),
            "textDocument/formatting" => {
                answer::<DocumentFormattingRequest>(id, params, |params| {
                    documents.formatting(&params.text_document)
                })
            }
            "textDocument/codeAction" => answer::<CodeActionRequest>(id, params, |params| {
                Some(documents.code_actions(&params))
            }),
            "textDocument/codeLens" => answer::<CodeLensRequest>(id, params, |params| {
                documents.lenses(&params.text_document.uri)
            }),
            "textDocument/inlayHint" => answer::<InlayHintRequest>(id, params, |params| {
                documents.hints(&params.text_document.uri)
            }),
            _ => Outgoing::error(id, ErrorCodes::MethodNotFound, "there is no such method"),
        }
    }

    fn told(&mut self, method: &str, params: Value) {
        let documents = &mut self.documents;
        let understood = match method {
            "textDocument/didOpen" => read(params).map(|params| documents.opened(params)),
            "textDocument/didChange" => read(params).map(|params| documents.changed(params)),
            "textDocument/didClose" => read(params).map(|params| documents.closed(&params)),
            "textDocument/didSave" => read(params).map(|params| documents.saved(&params)),
            // Files beside those that are open may have been written.
            "workspace/didChangeWatchedFiles" => {
                documents.unchecked_all();
                Some(())
            }
            _ => Some(()),
        };
        if understood.is_none() {
            documents
                .notes
                .push(format!("`{method}` was not understood"));
        }
    }

    fn initialize(&mut self, id: Id, params: &Value) -> Outgoing {
        self.stage = Stage::Running;
        let said = |pointer: &str| params.pointer(&format!("/capabilities/{pointer}"));
        let encodings = said("general/positionEncodings").and_then(Value::as_array);
        let bytes = encodings.is_some_and(|all| all.iter().any(|one| one == "utf-8"));
        let snippets = said("textDocument/completion/completionItem/snippetSupport");
        self.documents.snippets = snippets.and_then(Value::as_bool).unwrap_or(false);
        let (encoding, kind) = if bytes {
            (Encoding::Utf8, PositionEncodingKind::UTF8)
        } else {
            (Encoding::Utf16, PositionEncodingKind::UTF16)
        };
        self.documents.encoding = encoding;
        let (lens, hint) = ("codeLens", "inlayHint");
        let knows = |what: &str| said(&format!("textDocument/{what}")).is_some();
        let (above, name) = match (knows(lens), knows(hint)) {
            (true, _) => (Above::Lenses, lens),
            (false, true) => (Above::Hints, hint),
            (false, false) => (Above::Nothing, hint),
        };
        let refreshes = said(&format!("workspace/{name}/refreshSupport"));
        self.refreshes = refreshes.and_then(Value::as_bool).unwrap_or(false);
        self.above = above;
        let result = InitializeResult {
            capabilities: capabilities(kind, above),
            server_info: Some(ServerInfo {
                name: "underwrite".to_owned(),
                version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            }),
        };
        success::<InitializeRequest>(id, result)
    }
}

fn capabilities(encoding: PositionEncodingKind, above: Above) -> ServerCapabilities {
    let sync = TextDocumentSyncOptions {
        open_close: Some(true),
        change: Some(TextDocumentSyncKind::Incremental),
        save: Some(true.into()),
        ..TextDocumentSyncOptions::default()
    };
    let completion = CompletionOptions {
        trigger_characters: Some([".", "[", "{", "\"", "'", "("].map(str::to_owned).to_vec()),
        ..CompletionOptions::default()
    };
    let actions = CodeActionOptions {
        code_action_kinds: Some(vec![CodeActionKind::QuickFix]),
        ..CodeActionOptions::default()
    };
    ServerCapabilities {
        position_encoding: Some(encoding),
        text_document_sync: Some(sync.into()),
        completion_provider: Some(completion),
        hover_provider: Some(true.into()),
        definition_provider: Some(true.into()),
        document_formatting_provider: Some(true.into()),
        code_action_provider: Some(actions.into()),
        code_lens_provider: (above == Above::Lenses).then(CodeLensOptions::default),
        inlay_hint_provider: (above == Above::Hints).then(|| true.into()),
        ..ServerCapabilities::default()
    }
}

fn read<T: DeserializeOwned>(params: Value) -> Option<T> {
    serde_json::from_value(params).ok()
}

fn success<R: Request>(id: Id, result: R::Result) -> Outgoing {
    Outgoing::Answer(ResponseObject::from_success::<R>(id, result))
}

fn answer<R: Request>(
    id: Id,
    params: Value,
    find: impl FnOnce(R::Params) -> R::Result,
) -> Outgoing {
    match serde_json::from_value(params) {
        Ok(params) => success::<R>(id, find(params)),
        Err(error) => {
            let message = format!("these are no parameters of the method: {error}");
            Outgoing::error(id, ErrorCodes::InvalidParams, message)
        }
    }
}
