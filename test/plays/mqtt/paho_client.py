"""A client with paho, as it comes: asks to be asked, answers, and says at which QoS it was asked."""

import sys
import threading

import paho.mqtt.client as mqtt

port, user, token, version, other = sys.argv[1:]
done = threading.Event()
heard = []


def on_connect(client, _userdata, _flags, reason, _properties=None):
    if reason != 0:
        sys.exit(f"refused: {reason}")
    client.subscribe(f"g/u/{user}", qos=0)


def on_subscribe(client, *_):
    client.publish(f"g/u/{other}", f"ready {len(heard)}", qos=len(heard))


def on_message(client, _userdata, message):
    heard.append(message.qos)
    client.publish(f"g/u/{other}", f"answer to {message.payload.decode()}", qos=message.qos)
    if len(heard) == 3:
        done.set()
    else:
        client.subscribe(f"g/u/{user}", qos=len(heard))


client = mqtt.Client(
    mqtt.CallbackAPIVersion.VERSION2, client_id="paho", protocol=getattr(mqtt, version)
)
client.username_pw_set(user, token)
client.on_connect, client.on_subscribe, client.on_message = on_connect, on_subscribe, on_message
client.connect("127.0.0.1", int(port))
client.loop_start()
if not done.wait(8):
    sys.exit(f"heard only {heard}")
client.disconnect()
client.loop_stop()
print(*heard)
