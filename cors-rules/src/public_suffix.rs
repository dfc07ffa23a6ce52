pub(crate) fn is_public_suffix(host: &str) -> bool {
    ["com", "co.uk", "github.io"].contains(&host)
}
