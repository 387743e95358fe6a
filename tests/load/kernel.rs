//! What sockets cost in the kernel, and how many segments with data went out: machine-wide, because
//! the kernel does not say it of one process. Both ends of every connection are in it.

use std::fs;

use crate::process::kib;

/// Pages of memory are this large wherever the benchmark runs; the kernel counts sockets in pages.
const PAGE_BYTES: u64 = 4096;

/// Bytes of kernel objects, which sockets, files and poll entries are.
pub(crate) fn slab_bytes() -> u64 {
    kib(&read("/proc/meminfo"), "Slab:").unwrap_or(0) * 1024
}

/// Bytes that wait in the buffers of TCP sockets.
pub(crate) fn socket_bytes() -> u64 {
    let text = read("/proc/net/sockstat");
    let line = text.lines().find_map(|line| line.strip_prefix("TCP:")).unwrap_or_default();
    let pages = line.split_whitespace().skip_while(|word| *word != "mem").nth(1);
    pages.and_then(|pages| pages.parse().ok()).unwrap_or(0) * PAGE_BYTES
}

/// Segments with new data sent so far. On loopback a small write is a segment, so what the server
/// adds to it is how often it wrote.
pub(crate) fn data_segments() -> u64 {
    tcp_ext(&read("/proc/net/netstat"), "TCPOrigDataSent").unwrap_or(0)
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

/// A counter of a file whose lines come in pairs: names, then figures.
fn tcp_ext(text: &str, name: &str) -> Option<u64> {
    let mut lines = text.lines().filter(|line| line.starts_with("TcpExt:"));
    let (names, figures) = (lines.next()?, lines.next()?);
    let at = names.split_whitespace().position(|word| word == name)?;
    figures.split_whitespace().nth(at)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_stands_under_its_name() {
        let text = "TcpExt: A B TCPOrigDataSent\nTcpExt: 1 2 3\nIpExt: A\nIpExt: 9\n";
        assert_eq!(tcp_ext(text, "TCPOrigDataSent"), Some(3));
        assert_eq!(tcp_ext(text, "C"), None);
    }
}
