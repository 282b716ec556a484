"""Letters of different scripts that look alike, one class a line. Written by a script; do not edit.

Code points. Made by ``python -m bench.lookalike_letters``. Source: Unicode Technical Standard #39, confusables, as
kept by confusable_homoglyphs (MIT); the data are under the Unicode licence, © Unicode, Inc.
"""

from typing import Final

CLASSES: Final = """\
41 391 410 13aa 15c5
42 392 412 13f4 15f7 a7b4
43 421 13df
44 13a0 15de 15ea
45 395 415 13ac
46 3dc 15b4 a798
47 50c 13c0 13f3
48 397 41d 13bb 157c
49 6c 196 1c0 29f 399 406 4c0 abae
4a 37f 408 13ab 148d a7b2
4b 39a 41a 13e6
4c 13de 14aa
4d 39c 3fa 41c 13b7 15f0
4e 39d
4f 39f 41e 555
50 3a1 420 13e2 146d
52 1a6 13a1 13d2 1587
53 405 54f 13d5 13da
54 3a4 422 13a2
55 54d 144c
56 474 13d9 142f
57 51c 13b3 13d4
58 3a7 425
59 3a5 423 4ae 13a9 13bd
5a 396 13c3
61 251 3b1 430 1d00 ab7a
62 184 299 42c 432 13cf 13fc 1472 15af
63 441 1d04 abaf
64 501 13e7 146f 1d05 ab70
65 435 4bd 1d07 ab7c
66 584 1e9d a730 a799
67 18d 261 262 50d 581 13fb ab90
68 29c 43d 4bb 570 13c2 ab8b
69 131 269 26a 3b9 456 4cf 13a5 a647 ab75
6a 3f3 458 1d0a ab7b
6b 138 3ba 43a 1d0b abb6
6d 28d 43c 1d0d ab87
6e 274 578 57c
6f 3bf 3c3 43e 585 1d0f 1d11
70 3c1 440 1d18 abb2
71 51b 563 566 a7af
72 280 433 ab71 ab81 aba2
73 1bd 455 a731 abaa
74 3c4 442 1d1b ab72
75 28b 3c5 57d 1d1c a79f
76 3bd 475 1d20 aba9
77 26f 461 51d 561 1d21 ab83
78 445 1541 157d
79 263 28f 3b3 443 4af 1eff
7a 1d22 ab93
de 3f7
fe 1bf 3f8
185 44c ab9f
186 3fd
18f 4d8
190 510 13cb
1a7 3e8 14bf a644 a75a
1a8 3e9 1d24 a645
1a9 3a3
1ab 13bf
1b1 162e 1634
1b7 21c 417 4e0 a76a a7ab
1dd 259 4d9
1f6 50a
21d 292 4e1 a76b
237 575
241 294 13ae
242 ab7e
245 39b 41b 1431
254 37b
25b 3b5 454 511 a793 ab9b
25c 437 1d08
270 57a
278 3c6 444
298 a668
370 13a8 13b0
376 418
377 438
37d a73f
393 413 13b1 14a5
394 1403
3a0 41f
3a6 424 553
3a8 470
3a9 162f 1635
3b2 13f0 a7b5
3b4 56e 1577 1e9f
3c0 43f
3c8 471
3c9 a64d a7b7
3ff a73e
404 a792
431 13ee
460 13c7 15ef
548 144e
1427 a78f
144a a78c
15b7 a7fb
15c4 2c6f
a64c a7b6
"""
