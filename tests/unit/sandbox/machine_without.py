"""A machine that lacks something, for real: calls are filtered away, then it decodes.

``machine_without.py ROOT required|off CALL…``
prints what the pool says of one good picture and what the probe says.
"""

import errno
import io
import json
import sys

sys.path.append(sys.argv[1])
from PIL import Image

from abate.sandbox import seccomp
from abate.sandbox.kernel import Linux
from abate.sandbox.pool import DecoderPool, probe

required, lacking = sys.argv[2] == "required", sys.argv[3:]
kernel = Linux()
kernel.call("prctl", 38, 1, 0, 0, 0)
filter_ = [(0x20, 0, 0, 0)]
for name in lacking:
    filter_ += [(0x15, 0, 1, kernel.machine.numbers[name]), (0x06, 0, 0, 0x00050000 | errno.ENOSYS)]
seccomp.install(kernel, [*filter_, (0x06, 0, 0, seccomp.ALLOW)])

sink = io.BytesIO()
Image.linear_gradient("L").save(sink, "JPEG")
with DecoderPool(workers=2, max_pixels=1 << 16, required=required) as pool:
    found = pool.decode_many([sink.getvalue()] * 3)
walls = probe()
sys.stdout.write(
    json.dumps(
        {
            "found": [getattr(one, "reason", "a picture") for one in found],
            "steps": [getattr(one, "step", "") for one in found],
            "hold": walls.hold,
            "namespaces": walls.namespaces,
            "reason": walls.reason,
        }
    )
)
