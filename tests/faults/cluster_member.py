"""One process of a cluster, `cluster_member work|web URL API AT`: it runs the jobs, or serves the hooks."""

import sys

from werkzeug.serving import make_server

from outreach.engines import many_machines
from outreach.web.app import create_app
from tests.faults.victims import Work, services_for


def main() -> None:
    """Until it is told to stop, or killed."""
    what, url, api, at = sys.argv[1:]
    services = services_for(Work(what, url, api, at))
    if what == "work":
        many_machines.work(services)
        return
    server = make_server("127.0.0.1", 0, create_app(services), threaded=True)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
