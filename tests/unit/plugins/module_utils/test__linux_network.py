# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import errno
import socket
from collections.abc import Iterator

import pytest
from ansible_collections.azvm.backup.plugins.module_utils import _linux_network as network

TAG = "7783-7084-3265-9085-8269-3286-77"


@pytest.fixture
def port() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])


def test_azure_by_its_asset_tag(fake):
    assert fake.collect(network.azure)["data"] == {"asset_tag": None, "vm_id": None, "signs": []}
    fake.put("/sys/class/dmi/id/chassis_asset_tag", TAG + "\n")
    fake.put("/sys/class/dmi/id/product_uuid", "4D5E1A2B-0000-1111-2222-333344445555\n", mode=0o400)
    assert fake.collect(network.azure) == {"status": "ok", "data": {"asset_tag": TAG, "vm_id": "4d5e1a2b-0000-1111-2222-333344445555", "signs": ["asset_tag"]}}
    source = fake.collect_as_nobody(network.azure)
    assert (source["status"], source["data"]["vm_id"], source["data"]["signs"]) == ("ok", None, ["asset_tag"])
    assert "EACCES" in source["error"]


@pytest.mark.parametrize(
    ("path", "sign"),
    [
        ("/run/cloud-init/cloud-id", "cloud_id"),
        ("/var/lib/waagent/ovf-env.xml", "agent_state"),
        ("/var/lib/waagent/Microsoft.Azure.RecoveryServices.VMSnapshotLinux-1.0.1.0/x", "extension"),
    ],
)
def test_other_signs_of_azure(fake, path, sign):
    fake.put(path, "azure\n")
    assert fake.collect(network.azure)["data"]["signs"] == [sign]


def test_another_asset_tag_is_no_sign(fake):
    fake.put("/sys/class/dmi/id/chassis_asset_tag", "Chassis 1\n")
    fake.put("/run/cloud-init/cloud-id", "aws\n")
    fake.put("/var/lib/waagent/provisioned", "the package alone makes nothing Azure")
    assert fake.collect(network.azure)["data"]["signs"] == []


def test_signs_that_may_not_be_looked_for_are_denied(fake):
    fake.put("/var/lib/waagent/ovf-env.xml")
    (fake.root / "var/lib/waagent").chmod(0o700)
    assert fake.collect_as_nobody(network.azure)["status"] == "denied"
    assert fake.collect_as_nobody(network.wireserver)["status"] == "denied"


def test_no_port_is_tried_off_azure_or_for_a_disk(fake, monkeypatch):
    monkeypatch.setattr(network, "_connect", lambda *_arguments: pytest.fail("tried"))
    assert fake.collect(network.wireserver)["status"] == "absent"
    fake.put("/sys/class/dmi/id/chassis_asset_tag", TAG)
    assert fake.collect(network.wireserver, live=None)["status"] == "absent"


def test_open_and_refused_ports(fake, port, closed_port):
    fake.put("/sys/class/dmi/id/chassis_asset_tag", TAG)
    fake.plan["wireserver"]["ports"] = [port, closed_port]
    source = fake.collect(network.wireserver)
    assert source["data"]["address"] == "127.0.0.1"
    assert [(probe["port"], probe["state"], probe["errno"]) for probe in source["data"]["probes"]] == [
        (port, "open", None),
        (closed_port, "refused", errno.ECONNREFUSED),
    ]
    # The agent's firewall lets only root through: from others a closed port says nothing.
    assert fake.collect_as_nobody(network.wireserver)["status"] == "denied"
    fake.plan["wireserver"]["ports"] = [port]
    assert fake.collect_as_nobody(network.wireserver)["status"] == "ok"


def test_a_port_that_does_not_answer_is_a_timeout():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        address = server.getsockname()
        # A full backlog drops further connections on loopback.
        fillers = [socket.socket() for _number in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(address)
        probe = network._connect("127.0.0.1", [address[1]], 0.5)[0]
        for filler in fillers:
            filler.close()
    assert (probe["state"], probe["errno"]) == ("timeout", errno.ETIMEDOUT)
    assert 0.4 < probe["seconds"] < 2


def test_proxy_settings_without_their_credentials(fake):
    fake.put("/etc/environment", 'https_proxy="http://me:SECRET@proxy:3128"\n# http_proxy=http://comment\nPATH=/bin\n')
    fake.put("/etc/systemd/system/walinuxagent.service.d/p.conf", '[Service]\nEnvironment="HTTP_PROXY=me:SECRET@proxy:3128" https_proxy=me:SECRET@two\n')
    fake.put("/etc/profile.d/p.sh", "export no_proxy=localhost\n")
    fake.put("/etc/waagent.conf", "HttpProxy.Host=proxy  # ours\n#HttpProxy.Port=1\nHttpProxy.Port=3128\n")
    source = fake.collect(network.proxy)
    assert "SECRET" not in str(source)
    assert sorted((entry["origin"].rpartition("/")[2], entry["name"], entry["setting"]) for entry in source["data"]) == [
        ("environment", "https_proxy", "http://***@proxy:3128"),
        ("p.conf", "HTTP_PROXY", "***@proxy:3128"),
        ("p.conf", "https_proxy", "***@two"),
        ("p.sh", "no_proxy", "localhost"),
        ("waagent.conf", "HttpProxy.Host", "proxy"),
        ("waagent.conf", "HttpProxy.Port", "3128"),
    ]


def test_a_proxy_file_that_may_not_be_read_is_denied(fake):
    fake.put("/etc/environment", "http_proxy=http://x\n", mode=0o600)
    assert fake.collect(network.proxy)["status"] == "ok"
    assert fake.collect_as_nobody(network.proxy)["status"] == "denied"


ROUTE = """Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT
eth0\t00000000\t0100000A\t0003\t0\t0\t100\t00000000\t0\t0\t0
eth0\t0000000A\t0\t1\t0\t0\t0\t00FFFFFF\t0\t0\t0
"""


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("/run/systemd/netif/leases/2", "ADDRESS=10.0.0.4\nOPTION_245=a83f8110\n", ("dhcp", True)),
        ("/run/systemd/netif/leases/2", "ADDRESS=10.0.0.4\n", ("dhcp", False)),
        ("/run/systemd/netif/leases/3", "ADDRESS=10.0.0.4\n", ("unknown", None)),
        ("/var/lib/dhcp/dhclient.eth0.leases", 'lease {\n  interface "eth0";\n  option unknown-245 a8:3f:81:10;\n}\n', ("dhcp", True)),
        ("/var/lib/dhcp/dhclient.eth1.leases", 'lease {\n  interface "eth1";\n}\n', ("unknown", None)),
        ("/etc/systemd/network/1.network", "[Match]\nName=eth0\n[Network]\nDHCP=yes\n", ("dhcp", None)),
        ("/etc/systemd/network/1.network", "[Match]\nName=eth0\n[Network]\nAddress=10.0.0.4/24\n", ("static", None)),
        ("/etc/systemd/network/1.network", "[Match]\nName=eth01\n[Network]\nDHCP=yes\n", ("unknown", None)),
        ("/etc/NetworkManager/system-connections/a", "[connection]\ninterface-name=eth0\n[ipv4]\nmethod=manual\n[ipv6]\nmethod=auto\n", ("static", None)),
        ("/etc/NetworkManager/system-connections/a", "[connection]\ninterface-name=eth0\n[ipv4]\nmethod=auto\n", ("dhcp", None)),
        ("/etc/sysconfig/network-scripts/ifcfg-eth0", 'DEVICE=eth0\nBOOTPROTO="dhcp"\n', ("dhcp", None)),
        ("/etc/sysconfig/network-scripts/ifcfg-eth0", "BOOTPROTO=none\n", ("static", None)),
        ("/etc/network/interfaces", "auto eth0\niface eth0 inet dhcp\niface eth1 inet static\n", ("dhcp", None)),
    ],
)
def test_how_an_interface_gets_its_address(fake, monkeypatch, path, text, expected):
    monkeypatch.setattr(network, "_address_counts", lambda: {"lo": 1, "eth0": 2, "eth9": 1})
    fake.put("/proc/net/route", ROUTE)
    fake.put("/sys/class/net/eth0/ifindex", "2\n")
    fake.put(path, text)
    eth0, eth9 = fake.collect(network.network)["data"]
    assert (eth0["interface"], eth0["default_route"], eth0["ipv4_addresses"]) == ("eth0", True, 2)
    assert (eth0["method"], eth0["option_245"]) == expected
    assert eth0["origin"] == (path if expected[0] != "unknown" else None)
    assert (eth9["interface"], eth9["default_route"], eth9["method"]) == ("eth9", False, "unknown")


def test_addresses_come_from_the_kernel():
    assert network._address_counts().get("lo", 0) >= 1
