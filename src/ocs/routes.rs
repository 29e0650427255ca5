//! The route table: method, path, gate, handler in one row each.

use std::pin::Pin;
use std::sync::Arc;

use hyper::Method;

use super::about::About;
use super::cx::Cx;
use super::failure::Failure;
use super::gate::{Access, Gate};
use super::reply::Reply;
use crate::http::form::{BadField, Fields};
use crate::http::router::Router;

/// A handler's parameters, read from a request.
pub trait Form: Sized + Send {
    /// Errors: the first parameter that is missing or has the wrong type.
    fn read(fields: &Fields) -> Result<Self, BadField>;
}

impl Form for () {
    fn read(_: &Fields) -> Result<Self, BadField> {
        Ok(())
    }
}

/// Which part of the interface a row belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// The server around Talk.
    Server,
    /// Talk itself, which refuses outdated clients.
    Talk,
}

/// What somebody could find out by trying a row again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guesses {
    None,
    /// Which rooms there are.
    Tokens,
    /// And what lets one in.
    TokensAndPasswords,
    /// What a bot signs with.
    Signatures,
}

impl Guesses {
    fn at(path: &str) -> Self {
        match path {
            _ if path.ends_with("/{token}/participants/active") => Self::TokensAndPasswords,
            _ if path.contains("/bot/{token}/message")
                || path.contains("/bot/{token}/reaction") =>
            {
                Self::Signatures
            }
            _ if path.contains("/{token}") => Self::Tokens,
            _ => Self::None,
        }
    }
}

/// One row.
pub struct Row {
    pub access: Access,
    pub family: Family,
    pub guesses: Guesses,
    pub about: About,
    /// The password must have been shown lately.
    pub confirmed: bool,
    endpoint: Arc<dyn Endpoint>,
}

impl Row {
    /// Gate, parameters and handler, in this order.
    pub fn call(&self, cx: Cx, fields: Fields) -> Answer {
        self.endpoint.call(cx, fields)
    }
}

/// What a handler comes to.
pub type Answer = Pin<Box<dyn Future<Output = Result<Reply, Failure>> + Send>>;

trait Endpoint: Send + Sync {
    fn call(&self, cx: Cx, fields: Fields) -> Answer;
}

struct Handler<G, F, H> {
    gate: G,
    handler: H,
    form: std::marker::PhantomData<fn() -> F>,
}

impl<G, F, H, Fut> Endpoint for Handler<G, F, H>
where
    G: Gate,
    F: Form + 'static,
    H: Fn(Cx, G::At, F) -> Fut + Copy + Send + Sync + 'static,
    Fut: Future<Output = Result<Reply, Failure>> + Send,
{
    fn call(&self, cx: Cx, fields: Fields) -> Answer {
        let (gate, handler) = (self.gate, self.handler);
        Box::pin(async move {
            let at = gate.admit(&cx, &fields).await?;
            let form = F::read(&fields)?;
            // A waiting request keeps only what it needs.
            drop(fields);
            handler(cx, at, form).await
        })
    }
}

/// The table as it is filled by the façades.
#[derive(Default)]
pub struct Routes {
    router: Router<Row>,
}

impl Routes {
    /// Add a row of Talk; the path is relative to `/apps/spreed`.
    pub fn add<G, F, H, Fut>(&mut self, method: &str, path: &str, gate: G, handler: H) -> &mut About
    where
        G: Gate,
        F: Form + 'static,
        H: Fn(Cx, G::At, F) -> Fut + Copy + Send + Sync + 'static,
        Fut: Future<Output = Result<Reply, Failure>> + Send,
    {
        let path = format!("/apps/spreed{path}");
        self.insert(Family::Talk, method, &path, gate, handler)
    }

    /// Add a row of the server around Talk; the path is relative to the base.
    pub fn add_server<G, F, H, Fut>(
        &mut self,
        method: &str,
        path: &str,
        gate: G,
        handler: H,
    ) -> &mut About
    where
        G: Gate,
        F: Form + 'static,
        H: Fn(Cx, G::At, F) -> Fut + Copy + Send + Sync + 'static,
        Fut: Future<Output = Result<Reply, Failure>> + Send,
    {
        self.insert(Family::Server, method, path, gate, handler)
    }

    /// Say that there is nothing at a path, though it looks like one with parameters.
    pub fn leave_out(&mut self, path: &str) {
        self.router.leave_out(path);
    }

    fn insert<G, F, H, Fut>(
        &mut self,
        family: Family,
        method: &str,
        path: &str,
        gate: G,
        handler: H,
    ) -> &mut About
    where
        G: Gate,
        F: Form + 'static,
        H: Fn(Cx, G::At, F) -> Fut + Copy + Send + Sync + 'static,
        Fut: Future<Output = Result<Reply, Failure>> + Send,
    {
        let method = Method::from_bytes(method.as_bytes())
            .unwrap_or_else(|error| panic!("route {path}: {error}"));
        let row = Row {
            access: gate.access(),
            family,
            guesses: Guesses::at(path),
            about: About {
                refuses: gate.refuses(),
                ..About::new(std::any::type_name::<H>(), |fields| {
                    F::read(fields).map(drop)
                })
            },
            confirmed: gate.needs_confirmation(),
            endpoint: Arc::new(Handler {
                gate,
                handler,
                form: std::marker::PhantomData,
            }),
        };
        &mut self.router.add(method, path, row).about
    }

    /// The finished table.
    pub fn into_router(self) -> Router<Row> {
        self.router
    }
}
