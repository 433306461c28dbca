//! Every way a request can be refused, and its HTTP. The only file that knows both.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::account::AccountError;
use domain::query::QueryError;
use domain::signature::{CLOCK_SKEW_MAX_MS, SignatureError};
use wire::problem::{self, Problem};

use super::routes::Needs;
use crate::intake::Unavailable;
use crate::intake::check::HelloError;
use crate::ledger::LedgerError;
use crate::ledger::readers::ReadError;
use crate::password::PasswordError;
use crate::questions::RawError;

/// Seconds after which to ask again when the server is busy; edges and browsers add their own jitter.
const RETRY_AFTER_S: &str = "1";

/// Why a request is not answered as asked.
#[derive(Debug)]
pub enum Refusal {
    /// No credentials, or none that are valid.
    Unauthenticated,
    /// The link was used, has expired, or never was.
    LinkNotValid,
    /// A page of another origin asked.
    CrossOrigin,
    /// A header that an edge must send is missing or malformed.
    SignatureHeader(&'static str),
    /// A signature under a key that is not known here.
    UnknownKey,
    /// A signature that is not to be believed.
    Signature(SignatureError),
    /// Nothing at this path.
    NoSuchPath,
    /// The address or the password is wrong; which of them is nobody's business.
    WrongPassword,
    /// Too many tries at signing in; milliseconds until the next.
    TooManyTries(u64),
    /// Passwords cannot be looked at now.
    Password(PasswordError),
    /// Valid credentials that do not allow what the route needs.
    Forbidden(Needs),
    /// The caller is to see a part of the site, and this answer cannot be narrowed to it.
    Locked,
    /// None of these under this name, for this caller.
    NoSuch(&'static str),
    /// Something that cannot be as things are.
    Conflict {
        /// The field at fault.
        field: &'static str,
        /// What stands against it.
        detail: String,
    },
    /// Something was changed by somebody else meanwhile.
    Changed,
    /// Nothing under this tracking id for this caller.
    NoSuchSite,
    /// Something at this path, with other methods; the router adds `Allow` where it is not given.
    MethodNotAllowed {
        /// The methods.
        allow: Option<&'static str>,
    },
    /// A body of more bytes than this.
    BodyTooLarge(usize),
    /// A body that did not arrive in time or broke off.
    BodyIncomplete,
    /// A body that is not what it should be.
    Body {
        /// The field at fault.
        field: String,
        /// What is wrong with it.
        detail: String,
    },
    /// A query parameter that is not what it should be.
    Parameter {
        /// Its name.
        name: String,
        /// What is wrong with it.
        detail: String,
    },
    /// A question that cannot be answered.
    Query(QueryError),
    /// A hello that cannot be answered.
    Hello(HelloError),
    /// More live streams than this.
    TooManyStreams(usize),
    /// More live streams of one site than this.
    TooManyStreamsOfSite(usize),
    /// More requests than a limit allows.
    TooManyRequests {
        /// Whose limit: of the `credential` or the `address`.
        whose: &'static str,
        /// The limit.
        per_second: u32,
        /// When to ask again.
        retry_after_ms: u64,
    },
    /// The metrics are for programs of this machine.
    MetricsAreLocal,
    /// Nothing was written.
    Unavailable(Unavailable),
    /// Nothing was read.
    Read(ReadError),
    /// Single events were not read.
    Raw(RawError),
    /// Nothing that a caller accepts can be made of it.
    NotAcceptable(&'static str),
    /// The server's own fault.
    Internal(&'static str),
}

impl From<Unavailable> for Refusal {
    fn from(error: Unavailable) -> Self {
        Self::Unavailable(error)
    }
}

impl From<ReadError> for Refusal {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

impl From<PasswordError> for Refusal {
    fn from(error: PasswordError) -> Self {
        Self::Password(error)
    }
}

impl From<AccountError> for Refusal {
    fn from(error: AccountError) -> Self {
        Self::Body { field: error.field.to_owned(), detail: error.detail }
    }
}

impl From<RawError> for Refusal {
    fn from(error: RawError) -> Self {
        Self::Raw(error)
    }
}

impl From<QueryError> for Refusal {
    fn from(error: QueryError) -> Self {
        Self::Query(error)
    }
}

impl Refusal {
    /// What is said of it.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Unauthenticated => {
                Problem::new(401, "unauthenticated", "a valid bearer token or a session is required; `tidemark token create` and `tidemark link` make them")
            }
            Self::LinkNotValid => {
                Problem::new(401, "link_not_valid", "this sign-in link was used or has expired; `tidemark link` makes a new one").with_field("token")
            }
            Self::WrongPassword => Problem::new(401, "wrong_password", "the address or the password is wrong").with_field("password"),
            Self::TooManyTries(_) => Problem::new(429, "too_many_tries", "too many tries at signing in; the Retry-After header says when the next is taken"),
            Self::Password(PasswordError::Busy) => Problem::new(503, "busy", "too many people are signing in; try again in a moment"),
            Self::Password(PasswordError::Failed) => Problem::new(500, "internal", "a password could not be looked at"),
            Self::Forbidden(needs) => Problem::new(403, "forbidden", forbidden(*needs)),
            Self::Locked => Problem::new(403, "locked", "this shared link shows a part of the site, and this answer cannot be narrowed to it; POST /api/v1/query can"),
            Self::NoSuch(what) => Problem::new(404, &format!("no_such_{what}"), format!("there is no such {what}, or not for these credentials")).with_field(*what),
            Self::Conflict { field, detail } => Problem::new(409, "conflict", detail).with_field(*field),
            Self::Changed => Problem::new(412, "changed", "somebody changed it meanwhile: it has another ETag than If-Match names").with_field("if-match"),
            Self::CrossOrigin => {
                Problem::new(403, "cross_origin", "a session can only be changed by a page of this server; the Origin header says otherwise or is missing").with_field("origin")
            }
            Self::SignatureHeader(name) => {
                Problem::new(401, "signature_incomplete", format!("the header {name} is missing or malformed")).with_field(*name)
            }
            Self::UnknownKey => Problem::new(401, "unknown_key", "no such edge key is configured here").with_field(wire::frame::KEY_ID_HEADER),
            Self::Signature(SignatureError::Mismatch) => {
                Problem::new(401, "signature_mismatch", "the signature is not one of this request").with_field(wire::frame::SIGNATURE_HEADER)
            }
            Self::Signature(SignatureError::Expired) => {
                Problem::new(401, "signature_expired", format!("signed more than {CLOCK_SKEW_MAX_MS} ms away from this server's clock")).with_field(wire::frame::TIMESTAMP_HEADER)
            }
            Self::NoSuchPath => Problem::new(404, "no_such_path", "there is nothing at this path; GET /api/openapi.yaml lists what there is"),
            Self::NoSuchSite => Problem::new(404, "no_such_site", "there is no such site, or not for these credentials").with_field("tracking_id"),
            Self::MethodNotAllowed { .. } => Problem::new(405, "method_not_allowed", "this path takes other methods; the Allow header lists them"),
            Self::BodyTooLarge(most) => Problem::new(413, "body_too_large", format!("the body is longer than {most} bytes")).with_field("body"),
            Self::BodyIncomplete => Problem::new(408, "body_incomplete", "the body broke off or took too long to arrive").with_field("body"),
            Self::Body { field, detail } => Problem::new(400, "invalid_body", detail).with_field(field),
            Self::Parameter { name, detail } => Problem::new(400, "invalid_parameter", detail).with_field(name),
            Self::Query(e) => Problem::new(400, "invalid_query", &e.detail).with_field(&e.field),
            Self::Hello(e) => Problem::new(422, "invalid_hello", e.to_string()).with_field(hello_field(e)),
            Self::TooManyStreams(most) => Problem::new(503, "too_many_streams", format!("{most} live streams are open, and no more are allowed at once")),
            Self::TooManyStreamsOfSite(most) => Problem::new(503, "too_many_streams", format!("{most} live streams of this site are open, and no more are allowed at once")),
            Self::TooManyRequests { whose, per_second, .. } => {
                Problem::new(429, "too_many_requests", format!("more than {per_second} requests a second of this {whose}; the Retry-After header says when to ask again"))
            }
            Self::MetricsAreLocal => Problem::new(403, "metrics_are_local", "metrics are for programs of this machine; `metrics_token` in the settings opens them to others"),
            Self::Unavailable(e) => Problem::new(503, "not_written", e.to_string()),
            Self::Read(ReadError::Busy) => Problem::new(503, "busy", "too many queries are running; ask again in a moment"),
            Self::Read(ReadError::TooLong) => Problem::new(503, "too_long", "the query took longer than it may; a shorter date_range reads less"),
            Self::Read(ReadError::Ledger(LedgerError::TooManyRows(most))) => {
                Problem::new(422, "too_many_rows", format!("the query would read more than {most} rows; a shorter range or coarser time reads less")).with_field("date_range")
            }
            Self::Read(ReadError::Ledger(_)) => Problem::new(500, "ledger", "the ledger could not be read; the server's log says why"),
            Self::Raw(RawError::Busy) => Problem::new(503, "busy", "single events of this site are being read by as many queries as may at once; ask again in a moment"),
            Self::Raw(RawError::TooLong) => Problem::new(503, "too_long", "single events took longer to read than a query may take; a shorter date_range or a sample reads less").with_field("date_range"),
            Self::Raw(RawError::TooMuch(detail)) => Problem::new(422, "too_much", detail).with_field("dimensions"),
            Self::Raw(RawError::None) => Problem::new(422, "no_events", "this server keeps no single events of the site").with_field("tracking_id"),
            Self::Raw(RawError::Failed(_)) => Problem::new(500, "events", "single events could not be read; the server's log says why"),
            Self::NotAcceptable(known) => Problem::new(406, "not_acceptable", format!("answers are made as {known}")).with_field("accept"),
            Self::Internal(what) => Problem::new(500, "internal", *what),
        }
    }
}

fn forbidden(needs: Needs) -> String {
    match needs {
        Needs::Site(permission) | Needs::Own(permission) => {
            format!("{} on this site is needed, which these credentials do not have", permission.name())
        }
        Needs::Everywhere(permission) => {
            format!("{} on every site is needed, which these credentials do not have", permission.name())
        }
        Needs::Person => "this is for people who are signed in, not for keys or shared links".to_owned(),
        Needs::Nothing | Needs::Signature | Needs::Credentials => "these credentials do not allow it".to_owned(),
    }
}

fn hello_field(error: &HelloError) -> &'static str {
    match error {
        HelloError::Hash => wire::frame::HASH_HEADER,
        HelloError::Shape(_) => "body",
        HelloError::Version(_) => "wire_version",
        HelloError::Epoch(_) => "epoch",
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        if let Self::Read(ReadError::Ledger(e)) = &self {
            tracing::error!("a read failed: {e}");
        }
        if let Self::Raw(RawError::Failed(e)) = &self {
            tracing::error!("single events could not be read: {e}");
        }
        let problem = self.problem();
        let mut response = problem_response(&problem);
        let headers = response.headers_mut();
        if let Self::MethodNotAllowed { allow: Some(allow) } = self {
            headers.insert(header::ALLOW, HeaderValue::from_static(allow));
        }
        if let Self::TooManyRequests { retry_after_ms, .. } = self {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(retry_after_ms.div_ceil(1000).max(1)));
        }
        match problem.status {
            401 => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            503 => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_S));
            }
            429 => {
                let Self::TooManyTries(wait_ms) = self else { return response };
                headers.insert(header::RETRY_AFTER, HeaderValue::from(wait_ms.div_ceil(1_000)));
            }
            _ => {}
        }
        response
    }
}

fn problem_response(problem: &Problem) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    // Texts and a number always make JSON.
    let body = serde_json::to_vec(problem).unwrap_or_default();
    (status, [(header::CONTENT_TYPE, problem::CONTENT_TYPE)], body).into_response()
}
