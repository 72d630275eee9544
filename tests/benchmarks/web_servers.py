"""What benchmarks of clients and servers share: an nginx with one file, and cores to pin to."""
import contextlib
import os
import socket
import subprocess
import time


def pinned(core, *command):
    """The command on one core, counted from 0, where the machine has more than one."""
    cores = sorted(os.sched_getaffinity(0))
    return ["taskset", "-c", str(cores[core % len(cores)]), *command] if len(cores) > 1 else list(command)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def wait_for(port, process):
    """Until the port accepts; the seconds that it took."""
    start = time.perf_counter()
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return time.perf_counter() - start
        if process.poll() is not None:
            raise RuntimeError(f"{process.args[0]} ended with {process.returncode}")
        time.sleep(0.0005)


@contextlib.contextmanager
def nginx(folder, body, core=1, started=None):
    """One worker that answers GET /v1/models with `body`; its URL. `started` gets the process."""
    (folder / "v1").mkdir()
    (folder / "v1/models").write_text(body)
    port = free_port()
    (folder / "nginx.conf").write_text(f"""
        daemon off; master_process off; worker_processes 1; pid {folder}/pid; error_log {folder}/errors crit;
        events {{ worker_connections 1024; }}
        http {{
            access_log off; keepalive_requests 1000000000; open_file_cache max=16; sendfile on; tcp_nodelay on;
            default_type application/json;
            client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
            uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
            server {{ listen 127.0.0.1:{port}; root {folder}; }}
        }}""")
    process = subprocess.Popen(pinned(core, "/usr/sbin/nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")))
    try:
        wait_for(port, process)
        if started is not None:
            started.append(process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()
