"""Systems shaped like those that people run: their calls are written down here rather than drawn by chance.

An operation a line: service | operation | median work in µs | steps. Steps follow one another with ` ; `; the calls of a step
run at once with ` , `. A call is `service/operation` with signs behind it:

    >       through a client span of the caller, as RPC libraries log them
    ?0.3    with that chance              *2-5   so many times at once
    &       nobody waits: it may outlive its caller
    ~       through a queue: a consumer starts when it comes to it
    ^3      tried again, up to so many times

A line that begins with one of both goes on with the one before.

`=` before an operation: its span ends before the calls that it made, as those of event loops do.
"""

from __future__ import annotations

import re

from systems import Call, Operation, System

SHAPES = {
    # search over gRPC, one call after the other, through client and server spans
    "hotel": """
        web      | GET /hotels              |  500 | search/FindHotels > ; stay/CheckAvailability > ; profile/GetProfiles >
        web      | GET /recommendations     |  300 | advice/Recommend > ; profile/GetProfiles >
        web      | POST /reservation        |  300 | user/CheckUser > ; stay/MakeReservation >
        search   | FindHotels               |  200 | geo/Nearby > ; rate/GetRates >
        geo      | Nearby                   |  300 |
        rate     | GetRates                 |  150 | rate/memcached_get_multi ; rate/mongo_find ?0.3
        rate     | memcached_get_multi      |  120 |
        rate     | mongo_find               |  700 |
        stay     | CheckAvailability        |  200 | stay/memcached_get_multi ; stay/mongo_find ?0.3
        stay     | MakeReservation          |  200 | stay/mongo_find ; stay/mongo_insert
        stay     | memcached_get_multi      |  120 |
        stay     | mongo_find               |  800 |
        stay     | mongo_insert             |  900 |
        profile  | GetProfiles              |  150 | profile/memcached_get_multi
        profile  | memcached_get_multi      |  150 |
        user     | CheckUser                |  120 |
        advice   | Recommend                |  500 |
    """,
    # a page put together from parts that are uploaded side by side, all to one service, then stored in three places
    "review": """
        nginx    | POST /review/compose     |  300 | ids/UploadId , user/UploadUser , text/UploadText , movie/UploadMovie
                 , rating/UploadRating
        ids      | UploadId                 |   60 | compose/UploadId
        user     | UploadUser               |  120 | user/MmcGetUser ; user/MongoFindUser ?0.3 ; compose/UploadUser
        text     | UploadText               |   90 | compose/UploadText
        movie    | UploadMovie              |  120 | movie/MmcGetMovie ; movie/MongoFindMovie ?0.3
                 ; compose/UploadMovie , rating/UploadRating ?0.2
        rating   | UploadRating             |   90 | compose/UploadRating , rating/RedisIncr
        user     | MmcGetUser               |  150 |
        user     | MongoFindUser            |  800 |
        movie    | MmcGetMovie              |  150 |
        movie    | MongoFindMovie           |  800 |
        rating   | RedisIncr                |  120 |
        compose  | UploadId                 |  100 | compose/MmcAppend ; compose/MmcIncr
        compose  | UploadUser               |  100 | compose/MmcAppend ; compose/MmcIncr ; compose/Store ?0.5
        compose  | UploadText               |  100 | compose/MmcAppend ; compose/MmcIncr
        compose  | UploadMovie              |  100 | compose/MmcAppend ; compose/MmcIncr ; compose/Store ?0.5
        compose  | UploadRating             |  100 | compose/MmcAppend ; compose/MmcIncr
        compose  | MmcAppend                |   90 |
        compose  | MmcIncr                  |   70 |
        compose  | Store                    |  150 | compose/MmcGet
                 ; reviews/StoreReview , by-user/AddReview , by-movie/AddReview
        compose  | MmcGet                   |  100 |
        reviews  | StoreReview              |  100 | reviews/MongoInsert
        reviews  | MongoInsert              |  700 |
        by-user  | AddReview                |  100 | by-user/MongoUpdate ; by-user/RedisUpdate
        by-user  | MongoUpdate              |  700 |
        by-user  | RedisUpdate              |  120 |
        by-movie | AddReview                |  100 | by-movie/MongoUpdate ; by-movie/RedisUpdate
        by-movie | MongoUpdate              |  700 |
        by-movie | RedisUpdate              |  120 |
    """,
    # a shop: pages that ask other services many times, one by one and at once; servers whose spans end after the answer
    "shop": """
        front    | /                        |  900 | currency/List > ; catalog/List > ; cart/Get > ; currency/Convert >
                 ; currency/Convert > ; currency/Convert > ; ads/Get >
        front    | /product                 |  700 | catalog/Get > ; currency/List > ; cart/Get > ; currency/Convert >
                 ; advice/List > ; ads/Get >?0.8
        front    | /cart                    |  700 | currency/List > ; cart/Get > ; advice/List > ; ship/Quote >
                 ; catalog/Get > ; currency/Convert >
        front    | /cart/checkout           |  800 | checkout/PlaceOrder > ; advice/List > ; currency/List >
        checkout | PlaceOrder               |  600 | cart/Get > ; catalog/Get >*1-3 ; currency/Convert >*1-3 ; ship/Quote >
                 ; pay/Charge > ; ship/Ship > ; cart/Empty > ; mail/Confirm >
        currency | List                     |   80 |
        currency | Convert                  |   60 |
        catalog  | List                     |  150 |
        catalog  | Get                      |  100 |
        cart     | Get                      |  300 |
        cart     | Empty                    |  250 |
        ads      | Get                      |  200 |
        advice   | List                     |  300 | catalog/List >
        ship     | Quote                    |  100 |
        ship     | Ship                     |  100 |
        pay      | Charge                   |  300 |
        mail     | Confirm                  |  900 |
    """,
    # an event loop: spans of handlers end at once, what they began goes on
    "express": """
        api      | GET /feed                |  200 | api/middleware - query ; api/middleware - init ; api/handler - feed
        api      | middleware - query       |   15 |
        api      | middleware - init        |   20 |
        api      | =handler - feed          |   60 | users/GET /users > , posts/GET /posts > ; api/mongodb.find
        api      | mongodb.find             |  900 |
        users    | GET /users               |  150 | users/middleware - query ; users/handler - users
        users    | middleware - query       |   15 |
        users    | =handler - users         |   50 | users/mongodb.find
        users    | mongodb.find             |  700 |
        posts    | GET /posts               |  150 | posts/middleware - query ; posts/handler - posts
        posts    | middleware - query       |   15 |
        posts    | =handler - posts         |   50 | posts/redis-GET ; posts/mongodb.find ?0.5 ; likes/GET /likes >
        posts    | redis-GET                |  200 |
        posts    | mongodb.find             |  900 |
        likes    | GET /likes               |  300 |
    """,
    # orders that go on through queues after the answer; writers that nobody waits for
    "orders": """
        gateway  | POST /orders             |  300 | orders/Create
        gateway  | GET /orders              |  300 | orders/List
        orders   | Create                   |  500 | stock/Reserve ; orders/INSERT orders ; orders/publish order.created
                 ; audit/Write &
        orders   | List                     |  300 | orders/SELECT orders ; audit/Write &
        orders   | INSERT orders            |  600 |
        orders   | SELECT orders            |  500 |
        orders   | publish order.created    |  150 | billing/consume order.created ~ , mail/consume order.created ~
        stock    | Reserve                  |  300 | stock/UPDATE stock
        stock    | UPDATE stock             |  500 |
        billing  | consume order.created    |  400 | pay/Charge ^3 ; billing/publish order.paid
        billing  | publish order.paid       |  120 | ship/consume order.paid ~
        pay      | Charge                   |  900 |
        mail     | consume order.created    |  300 | mail/smtp send ; audit/Write &
        mail     | smtp send                | 3000 |
        ship     | consume order.paid       |  500 | ship/INSERT parcels ; audit/Write &
        ship     | INSERT parcels           |  600 |
        audit    | Write                    |  400 | audit/INSERT log
        audit    | INSERT log               |  500 |
    """,
    # a timeline: a post is spread to followers at once, some of it when the answer is out
    "social": """
        nginx    | /post                    |  300 | compose/ComposePost
        nginx    | /home                    |  200 | home/Read
        compose  | ComposePost              |  300 | text/Compose , media/Compose , ids/Compose , user/Compose
                 ; posts/Store , timeline/Write , home/Write &
        text     | Compose                  |  100 | urls/Shorten , mentions/Find
        urls     | Shorten                  |  100 | urls/mongo_insert
        urls     | mongo_insert             |  600 |
        mentions | Find                     |  100 | mentions/mmc_get ; mentions/mongo_find ?0.4
        mentions | mmc_get                  |  120 |
        mentions | mongo_find               |  700 |
        media    | Compose                  |   60 |
        ids      | Compose                  |   50 |
        user     | Compose                  |   80 |
        posts    | Store                    |  100 | posts/mongo_insert
        posts    | mongo_insert             |  700 |
        timeline | Write                    |  100 | timeline/mongo_update ; timeline/redis_update
        timeline | mongo_update             |  700 |
        timeline | redis_update             |  120 |
        home     | Write                    |  150 | graph/GetFollowers ; home/redis_update
        home     | redis_update             |  150 |
        home     | Read                     |  150 | home/redis_find ; posts/Read
        home     | redis_find               |  150 |
        posts    | Read                     |  150 | posts/mmc_mget ; posts/mongo_find ?0.3
        posts    | mmc_mget                 |  200 |
        posts    | mongo_find               |  900 |
        graph    | GetFollowers             |  100 | graph/redis_get ; graph/mongo_find ?0.2
        graph    | redis_get                |  120 |
        graph    | mongo_find               |  800 |
    """,
    # deep chains of one process after another: filters and controllers around services around stores
    "layers": """
        gateway  | /*                       |  300 | gateway/WebHandler.handle
        gateway  | WebHandler.handle        |   90 | travel/POST > ?0.7 , order/POST > ?0.4
        travel   | POST                     |  300 | travel/TravelController.query
        travel   | TravelController.query   |   90 | travel/Trips.findAll ; route/GET >*1-4 ; train/GET > ; seat/POST >?0.8
        travel   | Trips.findAll            |  200 | travel/find trips
        travel   | find trips               |  500 |
        route    | GET                      |  250 | route/RouteController.get
        route    | RouteController.get      |   60 | route/Routes.findById
        route    | Routes.findById          |  100 | route/find routes
        route    | find routes              |  400 |
        train    | GET                      |  250 | train/TrainController.get
        train    | TrainController.get      |   60 | train/find trains
        train    | find trains              |  400 |
        seat     | POST                     |  250 | seat/SeatController.left
        seat     | SeatController.left      |   90 | order/POST > ; config/GET >
        order    | POST                     |  250 | order/OrderController.sold
        order    | OrderController.sold     |   90 | order/find orders
        order    | find orders              |  800 |
        config   | GET                      |  200 | config/find configs
        config   | find configs             |  300 |
    """,
}

_MANNERS = {"shop": ("Sent.{service}.{name}", 60), "express": ("HTTP GET", 0), "layers": ("HTTP {name}", 0)}
"""What client spans are called, and how long spans linger."""

_CALL = re.compile(r"\s*(?P<to>[^>?*&~^]+?)\s*(?P<signs>(?:\s*(?:[>&~]|\?[\d.]+|\*\d+-\d+|\^\d+))*)\s*")


def shape(name: str) -> System:
    """The system of that name. Operations that nobody calls begin requests."""
    lines = re.sub(r"\n\s+(?=[;,])", " ", SHAPES[name].strip()).splitlines()
    rows = [[cell.strip() for cell in line.split("|")] for line in lines]
    numbers = {f"{service}/{operation.removeprefix('=')}": at for at, (service, operation, _, _) in enumerate(rows)}
    operations = tuple(
        Operation(service, operation.removeprefix("="), int(work), _steps(steps, numbers), operation.startswith("="))
        for service, operation, work, steps in rows
    )
    called = {call.operation for operation in operations for step in operation.steps for call in step}
    entries = tuple(at for at in range(len(rows)) if at not in called)
    client_name, lingers_us = _MANNERS.get(name, ("{name}", 0))
    return System(name, operations, entries, client_name, lingers_us, cold=0.02)


def _steps(text: str, numbers: dict[str, int]) -> tuple[tuple[Call, ...], ...]:
    return tuple(tuple(_call(call, numbers) for call in step.split(" , ")) for step in text.split(" ; ") if step)


def _call(text: str, numbers: dict[str, int]) -> Call:
    match = _CALL.fullmatch(text)
    assert match is not None, text
    signs = match["signs"]
    chance, times, attempts = re.search(r"\?([\d.]+)", signs), re.search(r"\*(\d+)-(\d+)", signs), re.search(r"\^(\d+)", signs)
    return Call(
        numbers[match["to"]],
        chance=float(chance[1]) if chance else 1.0,
        times=(int(times[1]), int(times[2])) if times else (1, 1),
        later="~" in signs,
        attempts=int(attempts[1]) if attempts else 1,
        alone="&" in signs,
        client=">" in signs,
    )
