//! The table of pages: method, path, handler in one row each, with what is checked before. Whom a handler is for says
//! what it takes: see `gate`.

use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use hyper::Method;

use super::cx::{PageCx, Shown};
use super::gate::Gate;
use crate::chat::Error;
use crate::http::router::Router;
use crate::ocs::about::About;

/// Whether it matters who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credentials {
    /// Wrong ones are refused.
    Looked,
    /// Not even wrong ones matter.
    Ignored,
}

/// Whether a foreign page could have sent the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// Nothing is changed by it, or something else is proof enough.
    Unneeded,
    /// A request token, `OCS-APIRequest` or a Bearer token. Source: ocs.md 5.
    FromOurPage,
}

type Handled = Pin<Box<dyn Future<Output = Result<Shown, Error>> + Send>>;

/// A handler of pages: it takes the context, and beside it what its row must make sure of.
pub trait Handler<G>: Send + Sync + 'static {
    fn call(&self, cx: PageCx) -> Handled;
}

/// What a handler takes that is for everybody.
pub struct Ungated;

impl<H, Fut> Handler<Ungated> for H
where
    H: Fn(PageCx) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Shown, Error>> + Send + 'static,
{
    fn call(&self, cx: PageCx) -> Handled {
        Box::pin(self(cx))
    }
}

/// What a handler takes that is behind a gate.
pub struct Gated<G>(PhantomData<G>);

impl<H, Fut, G> Handler<Gated<G>> for H
where
    G: Gate,
    H: Fn(PageCx, G) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Shown, Error>> + Send + 'static,
{
    fn call(&self, cx: PageCx) -> Handled {
        match G::admit(&cx) {
            Ok(admitted) => Box::pin(self(cx, admitted)),
            Err(refusal) => Box::pin(std::future::ready(Err(refusal))),
        }
    }
}

/// One row.
pub struct Row {
    pub credentials: Credentials,
    pub proof: Proof,
    /// Visitors get no session for asking.
    pub is_stateless: bool,
    pub about: About,
    handler: Arc<dyn Fn(PageCx) -> Handled + Send + Sync>,
}

impl Row {
    fn new<H, G>(handler: H) -> Self
    where
        H: Handler<G>,
    {
        Self {
            credentials: Credentials::Looked,
            proof: Proof::Unneeded,
            is_stateless: false,
            about: About::new(std::any::type_name::<H>(), |_| Ok(())),
            handler: Arc::new(move |cx| handler.call(cx)),
        }
    }

    pub fn call(&self, cx: PageCx) -> Handled {
        (self.handler)(cx)
    }
}

/// The table as it is filled by the pages.
#[derive(Default)]
pub struct Table {
    router: Router<Row>,
}

impl Table {
    /// A page for a browser with its session.
    pub fn page<H, G>(&mut self, method: Method, path: &str, handler: H) -> &mut About
    where
        H: Handler<G>,
    {
        &mut self.router.add(method, path, Row::new(handler)).about
    }

    /// What a browser sends from a page of ours.
    pub fn change<H, G>(&mut self, method: Method, path: &str, handler: H) -> &mut About
    where
        H: Handler<G>,
    {
        let row = Row {
            proof: Proof::FromOurPage,
            ..Row::new(handler)
        };
        &mut self.router.add(method, path, row).about
    }

    /// A file or plain JSON, for which no session is begun.
    pub fn plain<H, G>(&mut self, method: Method, path: &str, handler: H) -> &mut About
    where
        H: Handler<G>,
    {
        let row = Row {
            is_stateless: true,
            ..Row::new(handler)
        };
        &mut self.router.add(method, path, row).about
    }

    /// What a browser sends from a page of ours, answered with plain JSON.
    pub fn plain_from_page<H, G>(&mut self, method: Method, path: &str, handler: H) -> &mut About
    where
        H: Handler<G>,
    {
        let row = Row {
            proof: Proof::FromOurPage,
            is_stateless: true,
            ..Row::new(handler)
        };
        &mut self.router.add(method, path, row).about
    }

    /// As `plain`, and whoever asks: even wrong credentials are passed over.
    pub fn public<H, G>(&mut self, method: Method, path: &str, handler: H) -> &mut About
    where
        H: Handler<G>,
    {
        let row = Row {
            credentials: Credentials::Ignored,
            is_stateless: true,
            ..Row::new(handler)
        };
        &mut self.router.add(method, path, row).about
    }

    /// The finished table.
    pub fn into_router(self) -> Router<Row> {
        self.router
    }
}
