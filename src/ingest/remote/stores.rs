//! Stores of objects, in which names are listed.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{StreamExt, TryStreamExt};
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::path::Path;
use object_store::{ClientOptions, Error, ObjectMeta, ObjectStore, ObjectStoreExt, RetryConfig};

use url::Url;

use super::super::access::Access;
use super::super::address::without_secrets;
use super::network::{CONNECT, Network, RETRIES, SILENCE};
use super::object::{Object, Pieces, Place};
use super::vendor::Vendor;
use super::words;

/// Credentials that are not there by then will not come. Without any, the machine is asked
/// whether it is one of the vendor's; most are not, and do not answer.
const CREDENTIALS: Duration = Duration::from_secs(5);
/// How long after its beginning the reading of an object may still be taken up again.
const TAKEN_UP: Duration = Duration::from_secs(3600);

/// Where an object is stored.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    store: Arc<dyn ObjectStore>,
    path: Path,
    vendor: Vendor,
}

impl Stored {
    /// Begins to read it. If the connection breaks, the store is asked for the rest.
    pub(super) async fn get(&self) -> Result<Pieces, String> {
        let vendor = self.vendor;
        let told = move |why: Error| words::of_store(&why, vendor);
        let got = self.store.get(&self.path).await.map_err(told)?;
        Ok(got.into_stream().map_err(told).boxed())
    }
}

/// Looks up an object, or lists those below a prefix.
pub(super) fn find(
    scheme: &str,
    bucket: &str,
    key: &str,
    access: &Access,
    network: Arc<Network>,
) -> Result<Vec<Object>, String> {
    if bucket.is_empty() {
        return Err("the URL names no bucket".to_owned());
    }
    sound(bucket, access)?;
    let vendor = Vendor::of(scheme);
    let told = |why: Error| words::of_store(&why, vendor);
    let path = Path::parse(key).map_err(|why| told(why.into()))?;
    let store = network.wait(open(&format!("{scheme}://{bucket}"), vendor, access))?;
    let root = format!("{scheme}://{bucket}/");
    let object = |meta: ObjectMeta, named| Object {
        named,
        name: without_secrets(&format!("{root}{}", meta.location)),
        size: meta.size,
        place: match meta.size {
            0 => Place::Empty,
            _ => Place::Store(Stored { store: Arc::clone(&store), path: meta.location, vendor }),
        },
        network: Arc::clone(&network),
    };
    if !key.is_empty() && !key.ends_with('/') {
        match network.wait(store.head(&path)) {
            Ok(meta) => return Ok(vec![object(meta, true)]),
            Err(Error::NotFound { .. }) => {}
            Err(why) => return Err(told(why)),
        }
    }
    let listing = store.list(Some(&path)).try_collect::<Vec<_>>();
    let listed = network.wait(listing).map_err(told)?;
    let objects = without_markers(listed, &path);
    if objects.is_empty() {
        return Err("no object has this name or lies below it".to_owned());
    }
    Ok(objects.into_iter().map(|meta| object(meta, false)).collect())
}

/// Refuses what the library takes on trust, and would end the program over.
fn sound(bucket: &str, access: &Access) -> Result<(), String> {
    // A container and its account may be written as one.
    let letter = |c: char| c.is_ascii_alphanumeric() || "-_.$@".contains(c);
    if !bucket.chars().all(letter) {
        return Err("no bucket can have this name".to_owned());
    }
    for (name, value) in access.endpoints() {
        if !Url::parse(value).is_ok_and(|url| url.has_host()) {
            return Err(format!("{name} is not a URL"));
        }
    }
    let is_region = |value: &str| value.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    match access.settings().find(|(name, value)| name.ends_with("_region") && !is_region(value)) {
        Some((name, _)) => Err(format!("{} is not a region", name.to_ascii_uppercase())),
        None => Ok(()),
    }
}

/// In order of name, without the empty objects that consoles create to show a folder.
fn without_markers(mut listed: Vec<ObjectMeta>, root: &Path) -> Vec<ObjectMeta> {
    listed.sort_by(|a, b| a.location.cmp(&b.location));
    let names: Vec<Path> = listed.iter().map(|meta| meta.location.clone()).collect();
    let is_folder = |at: &Path| {
        let folder = format!("{at}/");
        let next = names.partition_point(|name| name.as_ref() < folder.as_str());
        names.get(next).is_some_and(|name| name.as_ref().starts_with(&folder))
    };
    listed.retain(|meta| meta.size > 0 || !(meta.location == *root || is_folder(&meta.location)));
    listed
}

/// Opens a store, and makes sure that there is somebody to ask as.
async fn open(url: &str, vendor: Vendor, access: &Access) -> Result<Arc<dyn ObjectStore>, String> {
    let retry =
        RetryConfig { max_retries: RETRIES, retry_timeout: TAKEN_UP, ..RetryConfig::default() };
    // An endpoint that is given without TLS is meant so.
    let plain = access.endpoints().any(|(_, value)| value.starts_with("http://"));
    // A large object takes as long as it takes, if only something comes.
    let client = ClientOptions::new()
        .with_timeout_disabled()
        .with_connect_timeout(CONNECT)
        .with_read_timeout(SILENCE)
        .with_allow_http(plain);
    // A store of a kind, with every setting among the variables that it knows.
    macro_rules! built {
        ($builder:ty) => {{
            let bare = <$builder>::new().with_url(url).with_retry(retry);
            let bare = bare.with_client_options(client);
            let known = access.settings().filter_map(|(k, v)| Some((k.parse().ok()?, v)));
            let store = known.fold(bare, |builder, (k, v)| builder.with_config(k, v)).build();
            let store = store.map_err(|why| missing(&words::deepest(&why), vendor))?;
            if !access.has(vendor.prefix(), "SKIP_SIGNATURE") {
                let credentials = Arc::clone(store.credentials());
                known_as(credentials.get_credential(), vendor).await?;
            }
            Ok(Arc::new(store))
        }};
    }
    match vendor {
        Vendor::Amazon => built!(AmazonS3Builder),
        Vendor::Google => built!(GoogleCloudStorageBuilder),
        Vendor::Azure => built!(MicrosoftAzureBuilder),
    }
}

async fn known_as<T>(
    credential: impl Future<Output = object_store::Result<T>>,
    vendor: Vendor,
) -> Result<(), String> {
    match tokio::time::timeout(CREDENTIALS, credential).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(why)) => Err(missing(&words::deepest(&why), vendor)),
        Err(_) => Err(missing("nobody gave any in time", vendor)),
    }
}

fn missing(why: &str, vendor: Vendor) -> String {
    format!("there are no credentials ({why}): set {}", vendor.variables())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meta(name: &str, size: u64) -> ObjectMeta {
        ObjectMeta {
            location: Path::from(name),
            last_modified: Default::default(),
            size,
            e_tag: None,
            version: None,
        }
    }

    #[test]
    fn what_only_marks_a_folder_is_no_object() {
        let listed = vec![
            meta("a/b/c", 5),
            meta("a/b", 0),
            meta("a", 0),
            meta("a/b-empty", 0),
            meta("a/b.c/d", 1),
        ];
        let kept = without_markers(listed, &Path::from("a"));
        let names: Vec<&str> = kept.iter().map(|meta| meta.location.as_ref()).collect();
        assert_eq!(names, ["a/b-empty", "a/b.c/d", "a/b/c"]);
    }
}
