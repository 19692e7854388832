"""Why a link was made, how sure the model is, and what people say who look at pairs by hand.

Lives here: nothing but the rooms below. Does not: any rule of linkage.

Rooms: `evidence` (weights of a pair) → `waterfall` (their chart) and `telling` (the command);
`pictures` (the model as a whole, without values of anybody); `review` (pairs labelled by hand).

All of it is written to `identity/` alone. `waterfall` and `pictures` load matplotlib, which is
slow: import them where they are used.
"""
