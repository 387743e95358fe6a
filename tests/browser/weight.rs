//! What travels to a browser, and what the browser is told not to run.

use harness::browser::story;
use harness::{Browser, Server};

/// Script, module and stylesheet together, compressed as they travel.
const CLIENT_BYTES_MAX: u64 = 300 * 1024;

#[tokio::test]
async fn the_client_is_light() {
    story(["Alice"], async |server: &mut Server, [alice]| {
        alice.open("/").await;
        let paths: Vec<String> = alice
            .look(
                "return performance.getEntriesByType('resource')
                   .map(({ name }) => new URL(name).pathname)
                   .filter((path) => /\\.(js|wasm|css)$/.test(path));",
            )
            .await;
        let mut sum = 0;
        let mut paths = paths;
        paths.sort();
        paths.dedup();
        for path in &paths {
            let mut plainly = Browser::new(server);
            let file = plainly.request("GET", path, &[("accept-encoding", "br")], "").await;
            assert_eq!(file.headers["content-encoding"], "br", "{path}");
            let bytes: u64 = file.headers["content-length"].to_str().unwrap().parse().unwrap();
            eprintln!("{bytes:>7} {path}");
            sum += bytes;
        }
        eprintln!("{sum:>7} of {CLIENT_BYTES_MAX}");
        assert_eq!(paths.len(), 3, "{paths:?}");
        assert!(sum <= CLIENT_BYTES_MAX, "{sum} bytes");
    })
    .await;
}

/// Every story fails on a violation by the page itself; here somebody else tries.
#[tokio::test]
async fn what_is_smuggled_into_the_page_does_not_run() {
    story(["Alice"], async |_, [alice]| {
        alice.open("/").await;
        alice
            .look::<()>(
                r#"
                window.smuggled = [];
                const button = document.createElement("button");
                button.setAttribute("onclick", "smuggled.push('handler')");
                document.body.append(button);
                button.click();
                const script = document.createElement("script");
                script.textContent = "smuggled.push('script')";
                document.body.append(script);
                setTimeout("smuggled.push('eval')");
                const far = document.createElement("script");
                far.src = "data:text/javascript,smuggled.push('data')";
                document.body.append(far);
                const link = document.createElement("a");
                link.href = "javascript:smuggled.push('link')";
                document.body.append(link);
                link.click();
                "#,
            )
            .await;
        alice.says("Anything?").await;
        assert_eq!(alice.look::<Vec<String>>("return window.smuggled").await, [] as [&str; 0]);
        let complaints = alice.complaints().await;
        assert!(complaints.len() >= 4, "{complaints:#?}");
        let by_policy = |complaint: &String| complaint.contains("Content Security Policy");
        assert!(complaints.iter().all(by_policy), "{complaints:#?}");
    })
    .await;
}
