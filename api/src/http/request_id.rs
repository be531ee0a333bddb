//! Request ids, which link a request's response, errors and log lines.

use std::hash::{BuildHasher, Hasher, RandomState};

use actix_web::{
    Error, HttpMessage, HttpRequest,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{HeaderName, HeaderValue},
    middleware::Next,
};

const HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// Maximum length of a client's request id, in bytes. An invalid id is replaced by a new one.
const LONGEST: usize = 128;

/// The id of a request.
#[derive(Clone, Debug)]
pub(super) struct RequestId(String);

impl RequestId {
    /// The client's id if it is valid, or a new one.
    fn new(given: Option<&HeaderValue>) -> Self {
        let given = given.and_then(|given| given.to_str().ok()).filter(|given| {
            let sane = |sign: u8| sign.is_ascii_alphanumeric() || b"-_.:=/+".contains(&sign);
            !given.is_empty() && given.len() <= LONGEST && given.bytes().all(sane)
        });
        Self(match given {
            Some(given) => given.to_owned(),
            // `RandomState` has new keys each time. An id has to be rare, not secret.
            None => format!("{:016x}", RandomState::new().build_hasher().finish()),
        })
    }

    pub fn of(http: &HttpRequest) -> Self {
        http.extensions().get::<Self>().cloned().expect("every request has an id")
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Assigns an id to each request, and adds it to the response.
pub(super) async fn name(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let id = RequestId::new(request.headers().get(HEADER));
    let value = HeaderValue::from_str(id.as_str()).expect("the id has only allowed characters");
    request.extensions_mut().insert(id);
    let mut response = next.call(request).await?;
    response.headers_mut().insert(HEADER, value);
    Ok(response)
}
