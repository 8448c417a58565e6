//! Whose store it is, and what its settings are called.

/// A kind of object store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Vendor {
    /// Amazon S3, or what speaks its protocol.
    Amazon,
    /// Google Cloud Storage.
    Google,
    /// Azure Blob Storage.
    Azure,
}

impl Vendor {
    /// By the scheme of its URLs.
    pub(super) fn of(scheme: &str) -> Self {
        match scheme {
            "s3" | "s3a" => Self::Amazon,
            "gs" => Self::Google,
            _ => Self::Azure,
        }
    }

    /// What its variables begin with.
    pub(super) fn prefix(self) -> &'static str {
        match self {
            Self::Amazon => "AWS_",
            Self::Google => "GOOGLE_",
            Self::Azure => "AZURE_",
        }
    }

    /// The variables to set, as the object of a sentence.
    pub(super) fn variables(self) -> &'static str {
        match self {
            Self::Amazon => {
                "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_SKIP_SIGNATURE=true for a \
                 public bucket"
            }
            Self::Google => {
                "GOOGLE_APPLICATION_CREDENTIALS, or GOOGLE_SKIP_SIGNATURE=true for a public bucket"
            }
            Self::Azure => {
                "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY, or \
                 AZURE_SKIP_SIGNATURE=true for a public container"
            }
        }
    }
}
