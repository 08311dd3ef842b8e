"""What a caller may say at any moment whatever the talk is about: a person, no more calls, good-bye, once more, yes, no."""

from voicebot.chat.protocol import HandOver
from voicebot.korean.patterns import pattern

_PERSON = r"상담(?:원|사)|사람|직원|담당자?|매니저|책임자|기사님?|윗사람"
_AGENT = (
    rf"(?:{_PERSON})(?:분|님)?(?:이랑|하고|한테|으로|에게|과|랑|을|를|좀|분)*(?:직접|바로)?(?:연결|바꿔|바꾸소|통화|얘기|이야기|대화|말할|말하)"
    r"|^(?:상담원|상담사)(?:이?요|좀|좀요|부탁)?|^(?:네|예|그럼|그냥|빨리|바로)*연결(?:좀|을)?(?:해줘|해주|부탁|시켜)|(?:기계|로보?[트봇]|자동응답|에이아이)(?:말고|싫|랑은)"
)
_OPT_OUT = (
    r"수신거부|(?:전화|문자|연락|광고)\S{0,6}(?:하지마|하지말(?!고)|보내지마|보내지말(?!고)|그만보내|그만하|그만해|그만좀)"
    r"|(?:번호|연락처)\S{0,3}(?:지워|삭제)|(?:광고|마케팅|수신)\S{0,2}동의\S{0,6}(?:철회|취소)"
)
_REFUSAL_TAKEN_BACK = r"(?:거부|차단)(?:등록|신청|접수)?(?:해놓은|해놨던|해놨는데|해둔|해뒀는데|했던|했었던|했었는데|했는데|한|된|돼있는)?요?(?:거|것|걸|그거|그걸|그것)?(?:를|을|은|는|도|좀|다시|이제|그만)*(?:(?:취소|해제|철회|해지)(?!됐|된거|하지마|하지말)|풀(?!렸|린|지))"
_RECEIVE_AGAIN = (
    r"(?:광고|마케팅|수신|소식|혜택|홍보)\S{0,8}다시(?!는)\S{0,4}(?:동의(?!안|하지)|받고싶(?!지)|받을|받겠|받으려|보내(?:줘|주|도))"
    r"|다시(?!는)\S{0,4}(?:수신|광고|마케팅)\S{0,2}동의(?!안|하지)"
    r"|거부\S{0,8}다시(?!는)\S{0,8}(?:받고싶(?!지)|받을게|받겠|받으려|받아볼)"
    r"|(?:광고|마케팅|수신)\S{0,6}동의(?:할게|하고싶|합니다|하겠|할래|하려)"
)
"""A caller who wants advertisements agrees to them, once refused or not."""
_MAY_CALL = r"(?:전화|문자|연락|광고)\S{0,3}(?:와도|하셔도|해도|주셔도|보내도|보내셔도|받아도)\S{0,3}(?:돼|되|괜찮)(?!나|는지|ㄹ|냐)"
_GOODBYE = r"끊을게|끊겠|끊어요$|안녕히계|(?:수고하세요|수고하십시오|들어가세요|이만요?)$|^(?:바이|바이바이)$"
_ASKED_ABOUT = r"몇시|언제|얼마나|주말|토요일|일요일|나중에|어떻게|안와|안받|예약문자|[가-힣]면예약|됐는지"
"""What makes words about a person or the opt-out a question instead of a wish."""
_REPEAT = (
    r"다시(?:한번(?:만|더)?(?:요|말|부탁|$)|요|말|얘기|이야기|설명|들려|불러|해봐|듣)|^다시$|뭐라(?:고|구|카|캤)|못(?:들었|알아듣)|안들(?:려|리|렸)"
    r"|한번(?:만)?더(?:요|말|얘기|불러|$)|천천히|잘들리지|크게말|놓쳤|^(?:네|예|에|뭐요?|응)\?$"
)
_SLOWLY = r"천천히|빨라|빠르|어두워|또박"
_YES_WORD = r"네|넵|넹|예|응|어|오냐|오야|그래|그려|그랴|맞아|맞어|맞네|맞소|맞지|맞당께|좋아|좋네|좋소|그렇게|그대로|오케이|오케|ok|okay|yes|콜|굿|부탁|신청|진행|확정|연결"
_YES_ENDING = r"요|예|유|해|해요|해줘|해줘요|해주세요|해주이소|해주쇼|해주소|할게요|하죠|하지뭐|하지|하세요|하소|합니다|합시다|하겠습니다|드립니다|드려요|드릴게요|드릴께요|드리겠습니다|입니다|죠"
_YES_PHRASE = (
    r"그러(?:세요|시죠|죠|지요|지뭐|이소)|그럽시다|그라(?:이소|입시더|시오|지예)|글죠|하(?:이소|소|세요|시죠|죠|지뭐|쇼)|맞(?:습니다|습니데이|심더|십니더|고요)"
    r"|좋(?:습니다|심더|십니더|죠)|됩니다|그거(?:예요|에요|입니다)"
)
_YES = rf"^(?:그거|그게|아|음)?(?:{_YES_PHRASE}|(?:{_YES_WORD})(?:{_YES_ENDING})?)+$"
_MISHEARD_YES = "내"
_LONGEST_YES = 24
_BEGINS_WITH_YES = r"^(?:네|예|응|그래|맞아)요?[\s,.]"
_POLITELY = r"감사|고맙|고마|그렇게|부탁|해주"
_THANKS = r"^(?:아|네|예)*(?:정말)?(?:감사합니다|감사해요|고맙습니다|고마워요|고맙소|고맙심더)$"
_LONGEST_AGREEMENT = 12
_BUT = r"\?|얼마|몇|언제|어디|어떻|뭐|무슨|나요$|데요?|잠깐|말고|아니|다시"
_NO = r"^(?:아니|아뇨|아닌데|아닙니다|틀렸|틀려|잘못|그게아니|노|안돼|싫)"
_NO_MORE = r"^(?:(?:아니요?|아뇨|네|예|이제|됐어요?|됐습니다|괜찮아요?|괜찮습니다|없어요?|없습니다|더|다|그거면|감사합니다|고마워요?|고맙습니다|충분해요)+)$"
_STOP = r"(?:안|못)(?:하|할|가|갈|받을|받|맡길|맡기)(?:래|려고|겠|게요|고싶|거예요|것같|거같)|안가요?$|안해요?$|안(?:하|가)기로|안[한간]다|^(?:그냥|아니|아)*취소(?:요|해|할게요?)?$|관두|하지말|취소할|취소해|그만|됐어요?$|됐습니다|나중에|생각(?:좀|을|한번|더)*해|관[둘두]|말래|필요없"
_HESITATION = (
    r"^(?:음+|어+|아+|에+|그+|저+|저기요?|그게|그러니까|뭐더라|뭐였더라|뭐지|있잖아요?|가만있자|가만있어봐라?|가만|보자|어디보자|글쎄요?|거시기|고민이네요?|생각좀해보고요?"
    r"|(?:뭐|뭘|언제|어디|몇시|어느날|뭘로|어디로|언제로)(?:가)?(?:좋을까|좋으려나|좋지|할까|하지|갈까)요?)+$"
)
_HOLD = r"^(?:아|어|네|예|음|저기요?|죄송한데)*(?:잠깐|잠시|기다려|기다리)(?:만|만요|요|좀)?"
_NO_HOLD = r"얼마|몇|언제|어디|어떻|뭐|무슨|왜|\?|말고|로(?:할|바꿔|해)|취소|변경|상담|사람|직원|몇분|이따|다시|맡|면돼|면되|돼요|되나|하면|나요$|아니"
_LONGEST_HOLD = 20
_VOICEMAIL = r"음성사서함|소리샘|삐소리(?:가|는|후|이후)*(?:나면|난후|에)?\S{0,6}(?:메시지|메세지|녹음|남겨|통화료)|통화료가?부과|전원이꺼져|메시지를(?:녹음|남겨)|지금은전화를받을수"
_EVIDENCE: dict[HandOver, str] = {
    "goodbye": r"끊|안녕|고맙|고마|감사|수고|들어가|다음에|나중에|생각|됐|알겠|그만|이만|바이|연락|전화할|전화드릴|갈게|뵙|봬|봐요|없|끝|계세요|쉬세요|운전",
    "agent": r"상담|사람|직원|담당|매니저|책임자|기사|정비사|사장|점장|연결|바꿔|바꾸|통화|기계|로봇|자동|얘기|이야기|말하고|누구",
    "opt_out": r"거부|그만|마세요|마요|말라|말아|말고|싫|차단|삭제|지워|지우|빼|뺐|철회|해지|안받|받지않|귀찮|보내지|동의\S{0,6}(?:철회|취소|안|않)|철회"
    r"|안(?:오|보내|하|걸|받)시?(?:게|도록)|안(?:오|왔|보내|보냈|하|했|걸|걸었)(?:시|셨)?으?면(?:좋|하|해|합)|(?:오|하|걸)지(?:않|말|마)|받고싶지않",
}
"""Words of which at least one is there when a caller means to end the call or to be left alone."""
_DEAR = r"비싸(?:네|다|요$|군|잖|서|구|던|시)|비싼(?:데|거|것|편)|비쌉니다|부담(?:돼|되|스|이)|비싸부|비싼께|비싸다카|깎아|깍아|(?:더|훨씬|좀)싸(?:던|더라|게하|게해|다던|다고|요$)|값이세"
_DEAR_BUT = r"는더비싸|이더비싸|나요$|부르면|밤에|왜다르|어디|얼마나|추가|처음말|말한|사기|바가지|속|환불|신고|쓰레기|책임자|\?$"
_WHO = r"(?:로봇|로보트|기계|에이아이|ai|인공지능|사람|녹음)(?:이|인)?(?:야|니|에요|예요|세요|맞|가요|신가|인가|죠|입니까)|이름이뭐|누구(?:세요|야|신가|시죠|예요)|사람이에요기계예요"
_OTHER_SHOP = (
    r"^(?:여보세요)?(?:거기|여기)?[가-힣]{1,8}(?:집|치과|병원|은행|식당|미용실|약국|학원|부동산|마트|호텔|헬스장|세탁소|꽃집|회사)(?:이|가)?(?:죠|지요|아니에요|아닌가요|아닙니까|맞죠|맞나요|맞아요|맞습니까|인가요|예요|에요|입니까)$"
    r"|전화(?:를)?잘못(?:걸|했)|잘못걸었"
)
_DIALLED_WRONG = r"잘못(?:걸었(?:네|어|습니|나봐|군)|했(?:네|어|습니)|걸린거같|건거같|눌렀)"
_TEXTS_ONLY = r"문자(?:는|만|로만)(?:받|주|보내|괜찮|와도)|전화(?:는|만)\S{0,8}문자(?:는|만|로)"
_OURS = r"차집사|정비|세차|카센터|공업사"
_OVERCHARGED = r"(?:다르게|더)나[왔온]|다르잖|틀리잖|왜(?:이렇게)?다[르른]"
_PRICE_SAID = r"견적|금액|가격|처음|비용|말한"
_STRANDED = r"(?:배터리|밧데리|시동)(?:가|도|이)?(?:완전히|아예|다)?(?:나갔|죽었|나가서|안걸)"
_STARTS_HARD = r"시동\S{0,2}(?:잘|한번에|힘들게|겨우|한참)\S{0,3}(?:안|걸)"
_LATE = r"늦을|늦어질|늦겠|늦게(?:갈|도착)|좀늦"
_ASKING = r"^(?:아|어|네|근데|그런데|저기요?|잠깐만요?|혹시|저)*(?:하나|한가지|뭐하나|뭐좀|질문|(?:다른|딴)(?:거|것|걸)(?:도|좀)?)(?:만)?(?:더)?(?:요|물어|여쭤|여쭐|물을|있어|있는데)"
_TAKEN_NOTE = (
    r"^(?:아|네|예|음|그래요?|그렇군요|그렇구나|그렇네요|오케이)*알(?:겠습니다|겠어요|았어요|았습니다|겠네요)(?:요)?$"
)
_SORRY = r"^(?:아|어|네)*(?:죄송|미안)(?:합니다|해요|하네요|하게됐습니다|)$"
_MISSED_CALL = r"부재중전화|전화(?:가|를)?(?:와있|왔었|왔길래|왔더|왔던데|하셨던데|하셨더|주셨던데|주셨더|하셨길래|왔는데|와서)|전화하셨(?:어요|나요|죠|습니까)"
_DEAF = r"말귀|못알아(?:듣네|듣냐|들어|먹)|알아듣지(?:를)?못|몇번을말|몇번말|답답(?:하|해|허)|말이안통|동문서답|딴소리"
_ANGER = (
    r"장난(?:하|해|치)|짜증|열받|미치겠|황당|어이(?:가)?없|기가막|뭐하자는|이따위|개판|성질나|화나|화가나|부아|환장"
)
_STILL_BROKEN = r"(?:갈았|고쳤|교체했|교환했|수리했|바꿨|정비했|정비받|수리받|맡겼)\S{0,8}(?:는데|더니|는디|구만|거든)\S{0,10}(?:(?:또|다시)(?:그래|그러|이래|고장|펑크|새|안|나[와가요]|났|말썽|떨|소리|불)|여전|그대로|새[요네는]|샌다|안[돼되]|고장|똑같|이상|소리|떨|말썽|안걸)"
_INSISTING = r"(?:말|얘기|이야기)했(?:잖|는데|구만)|(?:이라|라|다)(?:고요?|니까요?|구요?)(?:$|아까)|아까(?:말|얘기)"
_PHONE_NUMBER = (
    r"(?:전화번호|대표번호|연락처|번호)(?:가|는|를|은|좀|이)*(?:알려|뭐|어떻게|몇|불러주|가르쳐|주세요|줘요?$|$)"
)
_OWN_NUMBER = r"제|내|저희|카드|계좌|차번호|차량|사고|주민"
_GREETING = r"^(?:hello|hi|헬로|하이)$|안녕|여보|반갑|계세요|계십|들려|들리|차집사|거기|수고|통화|전화"


def squeezed(text: str) -> str:
    """Return `text` without spaces and punctuation, but for a question mark at its end."""
    key = pattern(r"[^\w]+").sub("", text)
    return f"{key}?" if text.rstrip().endswith("?") else key


def hand_over_of(text: str) -> HandOver:
    """Return where the call should go because the caller plainly says so."""
    key = squeezed(text)
    if pattern(_OPT_OUT).search(key) and not (is_question_about_service(text) or takes_refusal_back(text)):
        return "opt_out"
    if pattern(_AGENT).search(key) and not is_question_about_service(text):
        return "agent"
    if pattern(_GOODBYE).search(key) and len(key) <= 30:
        return "goodbye"
    return ""


def is_question_about_service(text: str) -> bool:
    """Say whether words about a person or the opt-out ask how it works ("상담원은 몇 시까지 있어요")."""
    return bool(pattern(_ASKED_ABOUT).search(squeezed(text)))


def takes_refusal_back(text: str) -> bool:
    """Say whether a caller who once refused calls wants them again ("수신거부 취소하고 싶어요")."""
    key = squeezed(text)
    return any(pattern(words).search(key) for words in (_REFUSAL_TAKEN_BACK, _RECEIVE_AGAIN))


def allows_calls(text: str) -> bool:
    """Say whether the caller does not mind being called: "전화 와도 돼요"."""
    return bool(pattern(_MAY_CALL).search(squeezed(text)))


def is_evident(where: HandOver, text: str) -> bool:
    """Say whether the words bear out that the call should go to `where`: what cannot be undone is not done on a guess."""
    return bool(pattern(_EVIDENCE.get(where, "")).search(squeezed(text)))


def finds_it_dear(text: str) -> bool:
    """Say whether the caller finds a price too high and blames nobody for it."""
    key = squeezed(text)
    return bool(pattern(_DEAR).search(key)) and not pattern(_DEAR_BUT).search(key)


def asks_who_speaks(text: str) -> bool:
    """Say whether the caller wants to know whether this is a person."""
    key = squeezed(text).lower()
    return len(key) <= 20 and bool(pattern(_WHO).search(key))


def is_wrong_number(text: str) -> bool:
    """Say whether the caller takes this for another shop: "거기 치킨집이죠"."""
    key = squeezed(text).rstrip("?")
    return bool(pattern(_OTHER_SHOP).search(key)) and not pattern(_OURS).search(key)


def dialled_wrong(text: str) -> bool:
    """Say whether the caller has noticed that the number was wrong."""
    return bool(pattern(_DIALLED_WRONG).search(squeezed(text)))


def wants_texts_only(text: str) -> bool:
    """Say whether messages are still welcome, and calls are not."""
    return bool(pattern(_TEXTS_ONLY).search(squeezed(text)))


def was_overcharged(text: str) -> bool:
    """Say whether the caller paid another price than the one that was said."""
    key = squeezed(text)
    return bool(pattern(_OVERCHARGED).search(key) and pattern(_PRICE_SAID).search(key))


def is_stranded(text: str) -> bool:
    """Say whether the car does not start any more."""
    return bool(pattern(_STRANDED).search(squeezed(text)))


def starts_hard(text: str) -> bool:
    """Say whether the engine starts, but not well."""
    return bool(pattern(_STARTS_HARD).search(squeezed(text)))


def will_be_late(text: str) -> bool:
    """Say whether the caller will come later than was arranged."""
    return bool(pattern(_LATE).search(squeezed(text)))


def wants_to_ask(text: str) -> bool:
    """Say whether the caller announces a question: "하나만 더요"."""
    return bool(pattern(_ASKING).search(squeezed(text)))


def takes_note(text: str) -> bool:
    """Say whether the caller has understood, and says nothing else: "네 알겠습니다"."""
    return bool(pattern(_TAKEN_NOTE).match(squeezed(text)))


def is_voicemail(text: str) -> bool:
    """Say whether this is an announcement of an answering machine."""
    return bool(pattern(_VOICEMAIL).search(squeezed(text)))


def was_called(text: str) -> bool:
    """Say whether the caller rings back after a call of ours: "부재중 전화가 있던데요"."""
    return bool(pattern(_MISSED_CALL).search(squeezed(text)))


def feels_misheard(text: str) -> bool:
    """Say whether the caller is tired of not being understood."""
    return bool(pattern(_DEAF).search(squeezed(text)))


def is_angry(text: str) -> bool:
    """Say whether there is a word of anger."""
    return bool(pattern(_ANGER).search(squeezed(text)))


def is_still_broken(text: str) -> bool:
    """Say whether what was mended is broken again: "오일 갈았는데 오일이 새요"."""
    return bool(pattern(_STILL_BROKEN).search(squeezed(text)))


def asks_for_number(text: str) -> bool:
    """Say whether the caller wants our telephone number."""
    key = squeezed(text).rstrip("?")
    return bool(pattern(_PHONE_NUMBER).search(key)) and not pattern(_OWN_NUMBER).search(key)


def insists(text: str) -> bool:
    """Say whether the caller says something a second time: "강남이라고 아까 말했잖아"."""
    return bool(pattern(_INSISTING).search(squeezed(text)))


def is_sorry(text: str) -> bool:
    """Say whether the caller apologises, and that is all."""
    return bool(pattern(_SORRY).match(squeezed(text)))


def is_greeting(text: str) -> bool:
    """Say whether there is a word of greeting."""
    return bool(pattern(_GREETING).search(squeezed(text).lower()))


def is_hesitation(text: str) -> bool:
    """Say whether the caller is still looking for words."""
    return bool(pattern(_HESITATION).match(squeezed(text)))


def asks_to_hold(text: str) -> bool:
    """Say whether the caller needs a moment and asks nothing: "잠깐만요", "잠시만요 아이가 울어서"."""
    key = squeezed(text)
    return len(key) <= _LONGEST_HOLD and bool(pattern(_HOLD).search(key)) and not pattern(_NO_HOLD).search(key)


def is_repeat(text: str) -> bool:
    """Say whether the caller wants to hear the last reply again."""
    key = squeezed(text)
    return len(key) <= 30 and bool(pattern(_REPEAT).search(key))


def wants_it_slow(text: str) -> bool:
    """Say whether it was too fast."""
    return bool(pattern(_SLOWLY).search(squeezed(text)))


def is_yes(text: str) -> bool:
    """Say whether a yes-or-no question was answered with yes and nothing else."""
    key = squeezed(text).lower()
    return key == _MISHEARD_YES or (len(key) <= _LONGEST_YES and bool(pattern(_YES).match(key)))


def agrees(text: str) -> bool:
    """Say whether what was read back is right: yes, or yes and the same request again ("네 취소해 주세요")."""
    key = squeezed(text)
    if is_yes(text) or takes_note(text):
        return True
    longest = _LONGEST_YES if pattern(_POLITELY).search(key) else _LONGEST_AGREEMENT
    return len(key) <= longest and bool(pattern(_BEGINS_WITH_YES).match(text)) and not pattern(_BUT).search(key)


def is_thanks(text: str) -> bool:
    """Say whether the caller says thanks and nothing else."""
    return bool(pattern(_THANKS).match(squeezed(text)))


def is_no(text: str) -> bool:
    """Say whether the answer begins with no."""
    return bool(pattern(_NO).match(squeezed(text)))


def is_nothing_more(text: str) -> bool:
    """Say whether "더 필요하신 것이 있으세요?" was answered with no."""
    key = squeezed(text).rstrip("?")
    return len(key) <= _LONGEST_YES and bool(pattern(_NO_MORE).match(key))


def is_stop(text: str) -> bool:
    """Say whether the caller gives up what is being arranged."""
    return bool(pattern(_STOP).search(squeezed(text)))
