//! What went wrong, for people. Causes may quote URLs, which may hold signatures, and how long it
//! took, which is never the same twice.

use std::error::Error as Cause;

use object_store::Error;

use super::super::address::without_secrets;
use super::vendor::Vendor;

/// Characters of a server's own words.
const MOST: usize = 200;

/// Why a store does not give something.
pub(super) fn of_store(error: &Error, vendor: Vendor) -> String {
    let variables = vendor.variables();
    match error {
        Error::NotFound { .. } => "there is no such object or bucket".to_owned(),
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => {
            format!("access is denied{}: set {variables}", because(error))
        }
        Error::InvalidPath { source } => {
            format!("an object has a name that cannot be read: {source}")
        }
        _ => deepest(error),
    }
}

/// The last of the causes, which is the first thing that went wrong.
pub(super) fn deepest(error: &(dyn Cause + 'static)) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    let text = cause.to_string();
    let text = match text.split_once("status code: ") {
        // The number and its name; what follows is a page, of which one sentence is for people.
        Some((_, status)) => {
            let number = status.split(": ").next().unwrap_or(status);
            format!("the server answers {number}{}", sentence(status))
        }
        None if text.contains("Received redirect without LOCATION") => {
            "the bucket is in another region: set AWS_REGION".to_owned()
        }
        None => text,
    };
    let text = without_secrets(&text);
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn because(error: &Error) -> String {
    sentence(&error.to_string())
}

/// The one sentence for people in a reply of S3, Google or Azure.
fn sentence(reply: &str) -> String {
    let inner = || reply.split_once("<Message>")?.1.split_once("</Message>");
    let said = inner().map(|(said, _)| said.lines().next().unwrap_or_default().trim());
    said.filter(|said| !said.is_empty()).map(|said| format!(" ({said})")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generic(text: &str) -> Error {
        Error::Generic { store: "S3", source: text.into() }
    }

    #[test]
    fn a_reply_is_cut_to_what_people_read() {
        let reply = "Server returned non-2xx status code: 400 Bad Request: <?xml?><Error><Code>X\
                     </Code><Message>The region is wrong\nor not</Message><Key>hush</Key></Error>";
        assert_eq!(
            of_store(&generic(reply), Vendor::Amazon),
            "the server answers 400 Bad Request (The region is wrong)",
        );
        let reply = "Server returned non-2xx status code: 502 Bad Gateway: <html>";
        assert_eq!(of_store(&generic(reply), Vendor::Amazon), "the server answers 502 Bad Gateway");
        let long = of_store(&generic(&"é".repeat(1000)), Vendor::Azure);
        assert_eq!(long.chars().count(), MOST + 1);
    }

    #[test]
    fn who_is_denied_access_is_told_what_to_set() {
        for (vendor, name) in [
            (Vendor::Amazon, "AWS_ACCESS_KEY_ID"),
            (Vendor::Google, "GOOGLE_APPLICATION_CREDENTIALS"),
            (Vendor::Azure, "AZURE_STORAGE_ACCOUNT_KEY"),
        ] {
            let error = Error::PermissionDenied {
                path: "a".to_owned(),
                source: "<Message>No such key</Message>".into(),
            };
            let said = of_store(&error, vendor);
            assert!(said.starts_with("access is denied") && said.contains(name), "{said}");
            assert!(said.contains("(No such key)"), "{said}");
        }
    }
}
