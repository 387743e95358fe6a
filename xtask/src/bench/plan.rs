//! What is measured: every call of the generator in a round, in the order in which they come.
//!
//! At each point all servers come one after the other, so that whatever else the machine does hits
//! them alike. Pure.

use super::figures::Point;
use super::server::Server;

/// People of a workload and the generator beside them: what every process needs besides sockets.
const OTHER_FILES: u64 = 500;

/// One server, started for this; one call of the generator; one line of figures for each point.
pub(crate) struct Run {
    pub(super) workload: &'static str,
    pub(super) server: Server,
    /// Messages that the bare loop waits for.
    pub(super) batch: usize,
    /// The generator's arguments, besides where the server is.
    pub(super) words: String,
    pub(super) points: Vec<Point>,
}

/// What a round is made of.
pub(crate) struct Plan {
    pub(super) quick: bool,
    pub(super) servers: Vec<Server>,
    /// Sockets that a process may have.
    pub(super) files_max: u64,
}

impl Plan {
    /// The runs of a workload, named by its letter.
    pub(super) fn of(&self, workload: &str) -> Vec<Run> {
        match workload {
            "A" => self.saturated(),
            "B" => self.paced(),
            "C" => self.rooms(),
            "D" => self.idle(),
            "E" => self.stalled(),
            "F" => self.restart(),
            "G" => self.posts(),
            _ => Vec::new(),
        }
    }

    fn seconds(&self) -> u64 {
        if self.quick { 1 } else { 3 }
    }

    fn saturated(&self) -> Vec<Run> {
        let people: &[u64] = if self.quick { &[200, 1_000] } else { &[32, 200, 1_000] };
        let (in_flight, seconds) = ([1, 8, 64], self.seconds());
        let mut runs = Vec::new();
        for people in people {
            let point = |in_flight| Point::from([("people", *people), ("in_flight", in_flight)]);
            for server in &self.servers {
                // The bare loop is told how much a write is to hold.
                let parts: Vec<Vec<u64>> = match server {
                    Server::Bare => in_flight.iter().map(|one| vec![*one]).collect(),
                    _ => vec![in_flight.to_vec()],
                };
                runs.extend(parts.into_iter().map(|part| {
                    let list: Vec<_> = part.iter().map(u64::to_string).collect();
                    let list = list.join(",");
                    Run {
                        workload: "A",
                        server: *server,
                        batch: usize::try_from(part[0]).unwrap_or(1),
                        words: format!(
                            "saturated --people {people} --in-flight {list} --seconds {seconds}"
                        ),
                        points: part.into_iter().map(point).collect(),
                    }
                }));
            }
        }
        runs
    }

    fn paced(&self) -> Vec<Run> {
        let all: &[(u64, u64)] = &[(100, 100), (1_000, 100), (10_000, 5)];
        let paces = if self.quick { &all[1..2] } else { all };
        let paces = paces.iter().filter(|(people, _)| self.has_room(*people));
        paces
            .flat_map(|(people, pace)| {
                // A percentile of few messages says little.
                let seconds = if *people > 1_000 { 4 * self.seconds() } else { self.seconds() };
                let words = format!("--people {people} --per-second {pace} --seconds {seconds}");
                let point = Point::from([("people", *people), ("per_second", *pace)]);
                self.each("B", &Server::ALL, &format!("paced {words}"), &point)
            })
            .collect()
    }

    fn rooms(&self) -> Vec<Run> {
        let seconds = self.seconds();
        [1, 100, 1_000]
            .into_iter()
            .filter(|rooms| self.has_room(rooms * 10))
            .flat_map(|rooms| {
                let words = format!(
                    "rooms --rooms {rooms} --people 10 --per-second 500 --seconds {seconds}"
                );
                let point = Point::from([("rooms", rooms), ("per_second", 500)]);
                let servers = [Server::Hubbub, Server::Bun, Server::Axum, Server::Node];
                self.each("C", &servers, &words, &point)
            })
            .collect()
    }

    fn idle(&self) -> Vec<Run> {
        let people: &[u64] = if self.quick { &[10_000] } else { &[100, 1_000, 10_000, 19_000] };
        let people = people.iter().filter(|people| self.has_room(**people));
        people
            .flat_map(|people| {
                let pace = if self.quick { "" } else { " --per-second 5" };
                let words = format!("idle --people {people}{pace}");
                self.each("D", &Server::ALL, &words, &Point::from([("people", *people)]))
            })
            .collect()
    }

    fn stalled(&self) -> Vec<Run> {
        let seconds = self.seconds();
        let words = format!("stalled --people 990 --stalled 10 --seconds {seconds}");
        let point = Point::from([("people", 990), ("stalled", 10)]);
        let servers = [Server::Hubbub, Server::Bun, Server::Axum, Server::Node];
        self.each("E", &servers, &words, &point)
    }

    /// Everyone once in the plain protocol; Hubbub again in its own, in which clients resume.
    fn restart(&self) -> Vec<Run> {
        let point = |v1| Point::from([("people", 10_000), ("v1", v1)]);
        let servers = [Server::Hubbub, Server::Bun, Server::Axum, Server::Node];
        let mut runs = self.each("F", &servers, "restart --people 10000", &point(0));
        runs.extend(self.each("F", &[Server::Hubbub], "restart --people 10000 --v1", &point(1)));
        runs
    }

    fn posts(&self) -> Vec<Run> {
        let seconds = self.seconds();
        let words = format!("posts --people 64 --in-flight 64 --seconds {seconds}");
        let point = Point::from([("people", 64), ("in_flight", 64)]);
        self.each("G", &[Server::Hubbub], &words, &point)
    }

    fn each(
        &self,
        workload: &'static str,
        servers: &[Server],
        words: &str,
        point: &Point,
    ) -> Vec<Run> {
        let servers = self.servers.iter().filter(|server| servers.contains(server));
        let run = |server: &Server| Run {
            workload,
            server: *server,
            batch: 1,
            words: words.to_owned(),
            points: vec![point.clone()],
        };
        servers.map(run).collect()
    }

    fn has_room(&self, people: u64) -> bool {
        people + OTHER_FILES <= self.files_max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_point_is_measured_once_for_every_server() {
        let plan = Plan { quick: true, servers: Server::QUICK.to_vec(), files_max: 20_000 };
        let runs = plan.of("A");
        for server in Server::QUICK {
            let own = runs.iter().filter(|run| run.server == server);
            let mut points: Vec<_> = own.flat_map(|run| run.points.clone()).collect();
            assert_eq!(points.len(), 6);
            points.dedup();
            assert_eq!(points.len(), 6);
        }
        let few_files = Plan { files_max: 1_024, ..plan };
        assert!(few_files.of("D").is_empty());
    }
}
