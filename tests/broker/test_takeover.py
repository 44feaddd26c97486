"""One client id, two connections: who stays, what each of them gets, and how a person learns of it."""

from __future__ import annotations

from mqtt_raw import publish_packet


def test_a_session_goes_over_to_the_new_connection_with_what_was_not_acknowledged(ours, dial, name):
    first = dial(ours.port, name, clean=False)
    first.subscribe((f"{name}/t", 1))
    sender = dial(ours.port, f"{name}s")
    sender.publish(f"{name}/t", b"1", 1)
    got = first.message(answer=False)
    second = dial(ours.port)
    assert second.connect(name, clean=False) == (True, 0)
    first.closed()
    assert second.message() == got._replace(dup=True)
    sender.publish(f"{name}/t", b"2", 1)
    assert second.message().payload == b"2"
    second.quiet()


def test_what_the_first_connection_still_sends_is_not_obeyed(start, dial):
    running = start()
    watcher = dial(running.port, "w")
    watcher.subscribe(("t", 0))
    first = dial(running.port, "c")
    second = dial(running.port, "c")
    first.send(publish_packet("t", b"late"))
    first.closed()
    second.quiet()
    watcher.quiet()


def test_two_boards_with_one_id_are_told_of(start, dial):
    running = start()
    for _ in range(3):
        dial(running.port, "door")
    assert running.stats()["takeovers"] == 2
    assert [notice[:2] for notice in running.notices] == [("takeover", "door")] * 2
    assert running.stats()["clients"] == 1


def test_a_clean_session_that_is_taken_over_leaves_nothing(start, dial):
    running = start()
    first = dial(running.port, "c")
    first.subscribe(("t", 1))
    second = dial(running.port)
    assert second.connect("c", clean=False) == (False, 0)
    second.send(publish_packet("t", b"x"))
    second.quiet()
    assert running.stats()["subscriptions"] == 0
