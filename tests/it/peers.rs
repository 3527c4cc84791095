//! Real services on loopback for the sinks: PostgreSQL, and a server that speaks like Amazon SQS. Where one
//! is not installed its tests say so and are skipped.

use crate::support::say;
use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::{SocketAddr, TcpListener},
    os::unix::{fs::chown, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tempfile::TempDir;
use tokio::sync::Notify;

/// A port that is free at this moment.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    listener.local_addr().expect("it has one").port()
}

fn is_installed(program: &str, argument: &str) -> bool {
    let mut command = Command::new(program);
    let command = command.arg(argument).stdout(Stdio::null());
    let there = command.stderr(Stdio::null()).status();
    let there = there.is_ok_and(|status| status.success());
    if !there {
        say(&format!("SKIPPED: {program} is not installed"));
    }
    there
}

/// A PostgreSQL of our own, which may be stopped and started again.
pub(crate) struct Postgres {
    dir: TempDir,
    port: u16,
    /// Whom it runs as: root must not run it.
    account: Option<(u32, u32)>,
}

impl Postgres {
    /// A new one, running; `None` where it is not installed.
    pub(crate) fn start() -> Option<Self> {
        if !(is_installed("initdb", "--version") && is_installed("pg_ctl", "--version")) {
            return None;
        }
        let dir = TempDir::new().expect("a temporary directory");
        let account = rustix::process::geteuid().is_root().then(unprivileged);
        if let Some((user, group)) = account {
            chown(dir.path(), Some(user), Some(group)).expect("root may give it away");
        }
        let peer = Self {
            dir,
            port: free_port(),
            account,
        };
        let data = peer.data();
        peer.run(
            "initdb",
            &["-D", &data, "-A", "trust", "-U", "guildhall", "-N"],
        );
        peer.up();
        Some(peer)
    }

    fn data(&self) -> String {
        self.dir.path().join("db").display().to_string()
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let log = self.dir.path().join("log");
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.dir.path());
        if let Some((user, group)) = self.account {
            command.uid(user).gid(group);
        }
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        let status = status.expect("it is installed");
        let said = fs::read_to_string(log).unwrap_or_default();
        assert!(status.success(), "{program} {arguments:?}: {said}");
    }

    /// Starts it.
    pub(crate) fn up(&self) {
        let dir = self.dir.path().display();
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories={dir} -c fsync=off",
            self.port
        );
        let log = format!("{dir}/log");
        self.run(
            "pg_ctl",
            &[
                "-D",
                &self.data(),
                "-o",
                &options,
                "-l",
                &log,
                "-w",
                "start",
            ],
        );
    }

    /// Stops it in the middle of whatever it does.
    pub(crate) fn down(&self) {
        self.run(
            "pg_ctl",
            &["-D", &self.data(), "-m", "immediate", "-w", "stop"],
        );
    }

    /// Its address.
    pub(crate) fn url(&self) -> String {
        format!("postgres://guildhall@127.0.0.1:{}/postgres", self.port)
    }

    /// A connection to it.
    pub(crate) async fn client(&self) -> tokio_postgres::Client {
        let url = self.url();
        let connecting = tokio_postgres::connect(&url, tokio_postgres::NoTls);
        let (client, connection) = connecting.await.expect("it runs");
        tokio::spawn(connection);
        client
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let mut command = Command::new("pg_ctl");
        command.args(["-D", &self.data(), "-m", "immediate", "stop"]);
        if let Some((user, group)) = self.account {
            command.uid(user).gid(group);
        }
        let _ = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

/// An account without rights: `postgres`, else `nobody`.
fn unprivileged() -> (u32, u32) {
    let text = fs::read_to_string("/etc/passwd").expect("there are accounts");
    let of = |name: &str| {
        let line = text
            .lines()
            .find(|line| line.split(':').next() == Some(name))?;
        let mut ids = line.split(':').skip(2).map(str::parse::<u32>);
        Some((ids.next()?.ok()?, ids.next()?.ok()?))
    };
    of("postgres")
        .or_else(|| of("nobody"))
        .expect("one of them")
}

/// A server that speaks like Amazon SQS and checks signatures.
pub(crate) struct Sqs {
    child: Child,
    port: u16,
    /// Key and secret of somebody who may use queues.
    pub(crate) keys: (String, String),
    python: PathBuf,
}

/// Makes an account with a key (these three calls are not checked), and a queue with it.
const SET_UP: &str = "
import boto3, sys
url = sys.argv[1]
def client(name, key, secret):
    return boto3.client(name, endpoint_url=url, region_name='eu-central-1', aws_access_key_id=key,
        aws_secret_access_key=secret)
iam = client('iam', 'x', 'x')
iam.create_user(UserName='bot')
key = iam.create_access_key(UserName='bot')['AccessKey']
iam.put_user_policy(UserName='bot', PolicyName='queues', PolicyDocument=
    '{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"sqs:*\",\"Resource\":\"*\"}]}')
sqs = client('sqs', key['AccessKeyId'], key['SecretAccessKey'])
sqs.create_queue(QueueName='messages.fifo', Attributes={'FifoQueue': 'true'})
print(key['AccessKeyId'], key['SecretAccessKey'])
";

/// Takes everything out of the queue, in order, until nobody reads along and it is empty. The server looks
/// through all that lies there for each message, so it must not grow long.
const DRAIN: &str = "
import boto3, select, sys
url, key, secret = sys.argv[1:]
sqs = boto3.client('sqs', endpoint_url=url, region_name='eu-central-1', aws_access_key_id=key,
    aws_secret_access_key=secret)
queue = url + '/123456789012/messages.fifo'
while True:
    got = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get('Messages', [])
    if not got and select.select([sys.stdin], [], [], 0.1)[0]: break
    if not got: continue
    for message in got: print(message['Body'])
    sqs.delete_message_batch(QueueUrl=queue, Entries=[
        {'Id': str(n), 'ReceiptHandle': message['ReceiptHandle']} for n, message in enumerate(got)])
";

impl Sqs {
    /// A new one, running; `None` where it is not installed.
    pub(crate) fn start() -> Option<Self> {
        if !(is_installed("moto_server", "--help") && is_installed("python3", "--version")) {
            return None;
        }
        let port = free_port();
        let mut child = Command::new("moto_server")
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .env("INITIAL_NO_AUTH_ACTION_COUNT", "3")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it is installed");
        let mut said = BufReader::new(child.stderr.take().expect("it is piped")).lines();
        while let Some(Ok(line)) = said.next() {
            if line.contains("Running on") {
                break;
            }
        }
        // It logs each request; nobody reading would make it wait.
        std::thread::spawn(move || said.for_each(drop));
        let mut peer = Self {
            child,
            port,
            keys: Default::default(),
            python: PathBuf::from("python3"),
        };
        let keys = peer.python(SET_UP, &[]);
        let (key, secret) = keys.trim().split_once(' ')?;
        peer.keys = (key.to_owned(), secret.to_owned());
        Some(peer)
    }

    fn command(&self, script: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.python);
        command.args(["-c", script, &format!("http://{}", self.address())]);
        command.args(arguments);
        command
    }

    fn python(&self, script: &str, arguments: &[&str]) -> String {
        let output = self.command(script, arguments).output();
        let output = output.expect("python runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        String::from_utf8(output.stdout).expect("it is text")
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }

    /// Somebody who reads the queue from now on.
    pub(crate) fn reader(&self) -> QueueReader {
        let (key, secret) = &self.keys;
        let mut command = self.command(DRAIN, &[key, secret]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("python runs");
        let read = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let reading = std::thread::spawn(move || {
            let lines = read.map(|line| line.expect("it can be read"));
            let line = |line: String| serde_json::from_str(&line).expect("lines are JSON");
            lines.map(line).collect()
        });
        QueueReader { child, reading }
    }
}

/// Takes everything out of a queue.
pub(crate) struct QueueReader {
    child: Child,
    reading: std::thread::JoinHandle<Vec<serde_json::Value>>,
}

impl QueueReader {
    /// Everything that was in the queue, in the order in which it came out.
    pub(crate) fn finish(mut self) -> Vec<serde_json::Value> {
        drop(self.child.stdin.take());
        let status = self.child.wait().expect("it can be waited for");
        assert!(status.success(), "the reader of the queue: {status}");
        self.reading.join().expect("it reads to the end")
    }
}

impl Drop for Sqs {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Stands before a service that cannot be stopped without forgetting everything.
pub(crate) struct Gate {
    pub(crate) address: SocketAddr,
    shut: Arc<AtomicBool>,
    bell: Arc<Notify>,
}

impl Gate {
    /// Before `service`, open.
    pub(crate) async fn before(service: SocketAddr) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("loopback has free ports");
        let gate = Self {
            address: listener.local_addr().expect("it has one"),
            shut: Arc::default(),
            bell: Arc::default(),
        };
        let (shut, bell) = (Arc::clone(&gate.shut), Arc::clone(&gate.bell));
        tokio::spawn(async move {
            while let Ok((mut from, _)) = listener.accept().await {
                let (shut, bell) = (Arc::clone(&shut), Arc::clone(&bell));
                tokio::spawn(async move {
                    let slammed = bell.notified();
                    if shut.load(Ordering::SeqCst) {
                        return;
                    }
                    let Ok(mut to) = tokio::net::TcpStream::connect(service).await else {
                        return;
                    };
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut from, &mut to) => {}
                        () = slammed => {}
                    }
                });
            }
        });
        gate
    }

    /// Ends every connection, and lets nobody in until it is open again.
    pub(crate) fn shut(&self, shut: bool) {
        self.shut.store(shut, Ordering::SeqCst);
        if shut {
            self.bell.notify_waiters();
        }
    }
}

/// The JSON lines of all files in `dir`, the oldest first.
pub(crate) fn lines_in(dir: &Path) -> Vec<serde_json::Value> {
    let mut files: Vec<PathBuf> = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    files.sort();
    let text = files
        .iter()
        .map(|path| fs::read_to_string(path).unwrap_or_default());
    let text: String = text.collect();
    let whole = text
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    whole.collect()
}
