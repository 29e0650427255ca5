//! What the figures were measured on, and whether this machine can hold the wished number of sockets.

use std::fs;
use std::path::Path;

use crate::error::Error;

/// Checks the limit of open files before anything is started.
///
/// Errors: `Usage` with the number that is needed.
pub fn require_open_files(needed: usize) -> Result<(), Error> {
    let limits = fs::read_to_string("/proc/self/limits")?;
    match open_files(&limits) {
        Some((soft, hard)) if soft < needed => Err(Error::Usage(format!(
            "this run needs {needed} open files, the limit is {soft} (it may be raised to {hard}): \
             run `ulimit -n {hard}` first, or pass --quick"
        ))),
        _ => Ok(()),
    }
}

/// Prints one line about the machine and one about the disk.
pub fn print_summary() {
    let cores = std::thread::available_parallelism().map_or(0, |cores| cores.get());
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("?");
    println!(
        "machine: {cores} cores, Linux {}, load average {load} at the start",
        kernel.trim()
    );

    let mounts = fs::read_to_string("/proc/mounts").unwrap_or_default();
    let directory = std::env::temp_dir();
    let kind = file_system(&mounts, &directory).unwrap_or("an unknown file system");
    println!("data: {} on {kind}", directory.display());
    if kind == "tmpfs" {
        println!(
            "      nothing is durable on tmpfs: set TMPDIR to a directory on a disk, or ignore the posts"
        );
    }
}

/// Soft and hard limit from the text of `/proc/self/limits`; an unlimited one is `usize::MAX`.
fn open_files(limits: &str) -> Option<(usize, usize)> {
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    let mut values = line.split_whitespace().map(|word| match word {
        "unlimited" => Some(usize::MAX),
        number => number.parse().ok(),
    });
    Some((values.next()??, values.next()??))
}

/// Kind of the file system that holds `directory`: the longest mount point that is a prefix of it, the last one mounted.
fn file_system<'a>(mounts: &'a str, directory: &Path) -> Option<&'a str> {
    mounts
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ').skip(1);
            Some((words.next()?, words.next()?))
        })
        .filter(|(point, _)| directory.starts_with(point))
        .max_by_key(|(point, _)| point.len())
        .map(|(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    #[test]
    fn limits_are_read() {
        let text = "Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 524288               files\n";
        assert_eq!(super::open_files(text), Some((1_024, 524_288)));
        assert_eq!(
            super::open_files("Max open files  256  unlimited  files"),
            Some((256, usize::MAX))
        );
        assert_eq!(super::open_files("Max processes 1 1 processes"), None);
    }

    #[test]
    fn the_deepest_mount_point_counts() {
        let mounts = "/dev/vda / ext4 rw 0 0\ntmpfs /run tmpfs rw 0 0\nproc /proc proc rw 0 0\n";
        let kind = |path: &str| super::file_system(mounts, std::path::Path::new(path));
        assert_eq!(kind("/var/lib"), Some("ext4"));
        assert_eq!(kind("/run/x"), Some("tmpfs"));
        assert_eq!(kind("/runner"), Some("ext4"));
    }
}
