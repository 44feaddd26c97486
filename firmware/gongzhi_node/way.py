"""Takes a board's configuration, gives the client for its messages: MQTT over the network, or the line of its USB."""


def client(doc, cid, base, chip, subs):
    """The client that `doc` asks for; the other kind is not even loaded. `cid` is the client id, `base` the board's
    topic, `chip` its number (hex), `subs` the topics (bytes) that it wants."""
    if doc.get("link") == "serial":
        from gongzhi_node import usb

        return usb.Client({"id": cid, "base": base, "chip": chip}, subs)
    from gongzhi_node import mqtt

    net = doc["mqtt"]
    made = mqtt.Client(
        cid, net["host"], net.get("port", 8883 if net.get("tls") else 1883), net.get("user"), net.get("password"),
        seed=int(chip[-4:] or "0", 16), subs=subs,
    )  # fmt: skip
    if net.get("tls"):
        from gongzhi_node import secure

        secure.start(made)
    return made
