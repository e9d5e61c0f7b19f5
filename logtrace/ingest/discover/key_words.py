"""Words that people name keys in, in the languages they speak: concept → (words that say it, words that may say it).

Without accents, in lower case; of a language that bends its words only what they have in common, where that is long enough to
be found within a word.
"""

from __future__ import annotations

KEY_WORDS: dict[str, tuple[str, str]] = {
    "trace": (
        """trace traza spur correlation correl corr korrelation correlacion correlacao correlazione korelacj transaction
        transaktion transaccion transacao transazione transakcj txn flow ablauf vorgang journey chain saga cid tid xid uow
        rastreo rastro suivi conversation fil filo kette cadena catena trasa spoor spor jejak slad iz islem keten трасс
        трейс транзакц корреляц связк 链 鏈 追踪 追蹤 跟踪 全局 流水 トレース 追跡 取引 相関 추적 트레이스 거래 상관 تتبع""",
        """request req anfrage peticion requete requisicao richiesta solicitud pedido zadani zapyt pozadav istek aanvraag
        verzoek foresporgsel forfragan permintaan keres pyynto cerere session call ctx context root workflow job rid tx
        operation order process case ticket exchange interaction dialog dialogue thread run execution invocation запрос
        запит заявк 请求 請求 事务 会话 訂單 订单 リクエスト 要求 요청 طلب""",
    ),
    "span": (
        """span segment schritt step seg hop etape paso passo tramo abschnitt leg stage maillon glied eslabon anello krok stap
        steg trin trinn adim lepes vaihe langkah etapa pas шаг шага этап крок спан 跨度 步骤 步驟 环节 スパン 工程 区間
        ステップ 단계 스팬 خطوة""",
        """id self node task unit sid frame current cur call section activity part me turn link edge op own act event message
        mid visit узел 节点 節點 ノード 노드""",
    ),
    "parent": (
        """parent parentid parente ppid caller eltern vater padre pere mere pai genitore predecessor enclosing amont causation
        nadrzedn rodzic rodic nadrazen ouder foralder forelder overordn ubergeordnet uebergeordnet vorganger vorgaenger ust
        szulo vanhempi induk parinte precedente anterior родител батьк 父 上级 上級 上游 親 上位 부모 상위 أصل""",
        """prev previous from up upstream von cause caused trigger triggered reply behind boss before outer via origin pid
        desde above super source davor откуда 来源 前 元""",
    ),
    "time": (
        """time timestamp ts date datetime zeit zeitstempel zeitpunkt uhrzeit datum fecha data hora heure orario tiempo when
        logged horodatage instant quand wann cuando quando tijd tijdstip czas cas tid tidpunkt tidspunkt zaman tarih ido
        aika waktu timp carimbo врем дата момент час 时间 時間 时刻 時刻 日期 日時 タイムスタンプ 시간 시각 일시 타임스탬프
        وقت""",
        "at t clock stamp created written emitted occurred epoch day",
    ),
    "start": (
        """start begin began started beginn anfang debut inicio inizio opened entered beginning poczatek zacatek begun
        baslangic alku mulai начал початок 开始 開始 起始 시작""",
        "from von desde depuis t0 t1 open entry",
    ),
    "end": (
        """end finish finished stop ende closed ended completed ending until bis hasta koniec konec einde slut bitis loppu
        selesai конец конца окончан завершен кінець 结束 結束 終了 终止 종료""",
        "fin fine fim to jusqu t1 t2 done exit close",
    ),
    "duration": (
        """duration dur elapsed took lasted latency dauer laufzeit duree duracion duracao durata durasi runtime millis micros
        nanos msec msecs usec usecs ticks responsetime wallclock temps tempo trwania trvani duur varaktighet varighed
        varighet sure idotartam kesto длительн продолжит тривал 耗时 耗時 时长 時長 用时 持续 毫秒 微秒 纳秒 所要
        経過 소요 경과 مدة""",
        """lat el cost ms us ns rt spent time wall exec processing handled total tiempo zeit czas doba tid secs sec len length
        real мс мкс 秒""",
    ),
    "service": (
        """service svc dienst servicio servizio servico microservice application app aplicacion aplicacao applicazione
        anwendung subsystem usluga sluzba tjanst tjeneste hizmet servis szolgaltatas palvelu layanan serviciu сервис служб
        приложен 服务 服務 应用 應用 サービス アプリ 서비스 앱 خدمة""",
        """component comp composant componente komponente system sistema systeme sys module modul modulo source src program
        programm prog process emitter producer origin host node pod container who unit tier sub server proc instance actor
        name logger qui wer quien узел модул систем 模块 模組 系统 系統 システム モジュール 모듈 시스템""",
    ),
    "operation": (
        """operation oper operacion operacao operacja operace operazione action aktion accion acao azione aktivitat handler
        endpoint activity actividad atividade procedure method methode metodo funktion function func funcion funcao
        fonction czynnosc akce handeling handlung atgard handling eylem muvelet toiminto operasi aksi operatie tatigkeit
        taetigkeit операц действ операці дія 操作 动作 動作 方法 接口 処理 작업 동작 عملية""",
        """op name route verb task step command cmd what job stage label libelle call work title act fn do doing did schritt
        tat event rpc quoi was que дело 名称 機能""",
    ),
    "message": (
        """message msg text nachricht meldung mensaje mensagem messaggio texto testo description body texte bericht komunikat
        wiadomosc zprava meddelande melding besked mesaj uzenet viesti pesan сообщени текст повідомл 消息 訊息 内容 內容
        メッセージ 本文 메시지 رسالة""",
        "info note descr log line txt content detail details event remark summary 信息 日志",
    ),
    "level": (
        """level lvl severity sev stufe nivel niveau niva nivo livello loglevel schwere schweregrad prioritaet gravite
        gravedad gravita poziom uroven seviye szint taso tingkat уровен рівен 级别 級別 等级 レベル 重要度 레벨 수준 مستوى""",
        "prio priority grade rank lv pri",
    ),
    "error": (
        """error err exception exc failure fault fehler erreur errore erro fallo falla problem fout blad chyba fel fejl feil
        hata hiba virhe kesalahan eroare loi ошибк помилк 错误 錯誤 异常 異常 エラー 例外 오류 에러 خطأ فشل""",
        """fail failed reason cause crash crashed bad broken threw thrown raised faulted fallido echoue rc ret retcode returncode
        exitcode exit errno""",
    ),
    "success": (
        "success ok succeeded erfolg exito sucesso successo succes successful klappt reussi sukces uspech успех 成功 성공",
        "passed good fine",
    ),
    "status": (
        """status statuscode httpstatus code outcome stan stav durum uitkomst ausgang esito wynik vysledek utfall tulos sonuc
        статус результат исход 状态 狀態 ステータス 상태""",
        "state result resultat resultado ergebnis rc http estado etat 结果 結果",
    ),
    "phase": (
        "phase event ev ph edge evt ereignis phasen",
        "kind type typ what action stage mark state msg message op",
    ),
    "kind": (
        "kind spankind",
        "role type side",
    ),
}

OWNED = """user usr username benutzer nutzer usuario utilisateur utente uzytkownik gebruiker anvandare customer kunde kund
    client cliente klient tenant mandant account konto cuenta compte device geraet gerat host pod ip product produkt
    item sku token password email mail card key pid thread worker region zone cluster datacenter rack pool shard build
    version commit revision пользовател клиент 用户 用戶 客户 ユーザー 顧客 사용자 고객"""
"""Who or what a line is about, or where it was written: many lines share such a value, and none of them is a trace."""
