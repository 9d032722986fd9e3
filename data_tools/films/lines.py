"""What people say in the films: short lines by the mood of the scene, with room for names."""

from __future__ import annotations

TALK = (
    "The ferry leaves at six, and it does not wait for anybody.",
    "Did you bring the papers from the office?",
    "I spoke with {name} this morning, he says the house is empty.",
    "It has been eleven years since I last stood in this town.",
    "They closed the mill in autumn and half the street moved away.",
    "You will find the key under the second stone.",
    "My father kept a map of the whole valley in that drawer.",
    "Nobody has used the north road since the bridge went down.",
    "So we have two days, perhaps three if the weather holds.",
    "The doctor wants to see you again on Thursday.",
    "I counted the money twice, and it is all there.",
    "Tell me again what the man at the station said.",
    "We should ask {name} before we decide anything.",
    "There was a letter for you, I put it on the table.",
    "He worked here until the fire, then he went to the coast.",
    "I only need the car until tomorrow evening.",
    "The machine in the cellar still runs, I heard it last night.",
    "How long have you known about the second account?",
)
TURN = (
    "I am leaving. Tonight.",
    "It was me. I opened the gate.",
    "She never got on that train.",
    "Your brother is alive.",
    "There is nobody coming for us.",
    "I lied to you, {name}. From the first day.",
)
ARGUE = (
    "You promised me this was finished!",
    "Do not turn your back on me, {name}!",
    "I did everything you asked, everything!",
    "And who paid for that? Who paid for all of it?",
    "Say it again and look at me this time!",
    "You were not there, so do not tell me how it was!",
    "I have heard enough of your excuses!",
    "Then go! Take your things and go!",
    "It is always the same story with you!",
    "Nobody believes that any more, not even you!",
)
TENDER = (
    "I kept your place at the table.",
    "You look just like her when you smile.",
    "Stay a little. The light is so good now.",
    "I thought I would never hear that song again.",
    "We can begin again, if you like.",
    "Give me your hand, {name}.",
    "I was never afraid when you were here.",
)
SHOUT = ("Run!", "Behind you, {name}!", "Get down!", "Go, go, now!", "Look out!")
NAMES = ("Anna", "Marek", "Ilse", "Tom", "Vera", "Jonas", "Clara", "Paul")
PLACES = ("harbour", "mill", "valley", "station", "lighthouse", "crossing", "orchard", "river")
TITLES = ("THE LONG {place}", "BEYOND THE {place}", "NIGHT AT THE {place}", "{place} IN WINTER", "THE LAST {place}")
CREDITS = ("written and directed by {name}", "with {name} and {other}", "photographed by {other}")
