/**
 * What a clause says of attention, as a sum of signs: noticing and knowing, the state of somebody, reasons, what was at stake
 * or promised; against it, mere going, doing and dates. English and German. The signs are words of form and feeling, none of
 * a subject or a side.
 */

interface Cue {
  readonly pattern: RegExp
  readonly weight: number
}

const cues = (): readonly Cue[] => [
  /* Noticing, knowing, thinking of. */
  { weight: 2, pattern: /\b(?:notic(?:e|ed|ing)|saw|seen|could (?:see|hear|tell|feel)|heard|felt|feel|sensed|reali[sz]ed|knew|know|understood|remember(?:ed)?|recogni[sz]ed|wondered|thought (?:of|about|that|how)|kept thinking|watched|paid attention|looked (?:at|like|so|as if|tired|lost|worried|small|ashamed)|seemed|sounded|caught myself|it struck me|(?:bothered|moved|touched|troubled|startled) me|got to me|stayed with me|dawned|asked myself)\b/iu },
  { weight: 2, pattern: /\b(?:merkte|bemerkte|gemerkt|sah|gesehen|hörte|gehört|fühlte|gefühlt|spürte|gespürt|wusste|verstand|verstanden|erinnerte|dachte (?:an|daran|dass)|fragte mich|wirkte|schien|klang|aufgefallen|(?:fiel|fällt) mir (?:\p{L}+ )?auf|mir (?:fiel|fällt) (?:\p{L}+ )?auf|konnte (?:sehen|hören|spüren)|ließ mich nicht los|(?:ging|geht) (?:mir|es mir) (?:nahe|darum))\b/iu },
  /* What was at stake, promised, owed, deserved. */
  { weight: 2, pattern: /\b(?:matter(?:s|ed)|cared? (?:about|for)|important|meant (?:a lot|more|everything|something)|worth|deserv(?:e|es|ed)|promis(?:e|ed)|owed?|trust(?:s|ed|ing)?|believ(?:e|ed|ing) in|rel(?:y|ied|ies|ying) on|count(?:s|ed|ing)? on|depend(?:s|ed|ing)? on|at stake|right to|my word|honest(?:y|ly)?|(?:the|tell|told|hear|hearing) truth|fair(?:ly|ness)?|unfair|dignity|respect(?:ed)?|proud|ashamed|shame|guilt(?:y)?|responsib\p{L}+|lie|lied|cheat\p{L}*)\b/iu },
  { weight: 2, pattern: /\b(?:wichtig|bedeutete|wert|verdient(?:e|en)?|versprochen|versprach|vertrau\p{L}*|verlass(?:en|t)? (?:auf|sich)|verließ(?:en)? sich|schuld\p{L}*|ehrlich\p{L}*|wahrheit|gerecht|ungerecht|fair|unfair|würde\b|respekt\p{L}*|stolz|schäm\p{L}*|verantwort\p{L}*|gelogen|lügen)\b/iu },
  /* Somebody's state, need, wish. */
  { weight: 2, pattern: /\b(?:need(?:s|ed)?|wanted to (?:be|know|tell|hear|talk|feel|keep|stay|try|learn|finish|do it|say)|wish(?:ed)?|hop(?:ed|ing)|afraid|scared|frightened|fear(?:ed)?|worried|worr(?:y|ying)|lonely|alone|on (?:his|her|their|my) own|by (?:himself|herself|themselves|myself)|lost|embarrassed|nervous|exhausted|overwhelmed|hurt(?:s|ing)?|suffer(?:ed|ing)?|struggl\p{L}+|grie\p{L}+|cr(?:y|ied|ying)|tears|shak(?:ing|y)|trembl\p{L}+|silent|silence|quiet(?:ly)?|safe|unsafe|welcome|left out|ignored|unheard|forgotten|humiliat\p{L}+|confus\p{L}+|desperate|shy|stuck)\b/iu },
  { weight: 2, pattern: /\b(?:braucht(?:e|en)?|gebraucht|wünscht\p{L}*|hofft\p{L}*|angst|fürcht\p{L}*|ängstlich|sorgen?|besorgt|einsam|allein(?:e|gelassen)?|verloren|peinlich|nervös|erschöpft|überfordert|verletzt\p{L}*|gelitten|trauer\p{L}*|weint(?:e|en)?|geweint|tränen|zitter\p{L}*|still|schweigen|schwieg(?:en)?|leise|sicher|willkommen|übergangen|verzweifelt|verunsichert|unsicher)\b/iu },
  { weight: 1, pattern: /\b(?:tired|ill|sick|sad|angry|happy|glad|calm|upset|cold|hungry|weak|old|young|new|small|late at night|pale|busy|own pace|müde|krank|traurig|wütend|froh|ruhig|klein|schwach|neu|blass)\b/iu },
  /* Nobody, somebody, the only one; a choice, a chance, a risk; time and room. */
  { weight: 2, pattern: /\b(?:nobody|no one|none of (?:us|them)|anyone|someone who|the only (?:one|person)|everyone else|each other|together|one another|niemand(?:en|em)?|keiner|jemand(?:em|en)?|einzige[rn]?|miteinander|zusammen|gemeinsam)\b/iu },
  { weight: 1.5, pattern: /\b(?:chance to|a choice|choose|decide for|freedom|free to|room (?:to|for)|time to|space to|risk(?:ed|ing|y)?|danger\p{L}*|mistake|secret|private|power|voice|story|name|laugh\p{L}*|smil\p{L}+|eyes|face|hands|lit up|chance|freiheit|frei zu|raum (?:für|zu)|zeit (?:für|zu)|risiko|gefähr\p{L}*|fehler|geheim\p{L}*|stimme|gesicht|augen|hände|lachte|lächelte|entscheiden)\b/iu },
  { weight: 1.5, pattern: /\b(?:listen(?:ed|ing|s)?|talk(?:ed)? (?:about|through)|the question|explain(?:ed|ing)?|admit(?:ted|ting)?|forgiv\p{L}+|apologi[sz]\p{L}+|comfort\p{L}*|patien(?:t|tly|ce)|gentl[ey]|kind(?:ly|ness)?|careful(?:ly)?|beauty|beautiful|useful|true|zuhör\p{L}*|zugehört|erklär\p{L}*|zugeben|zugegeben|verzeih\p{L}*|entschuldig\p{L}*|tröst\p{L}*|geduld\p{L}*|behutsam\p{L}*|freundlich\p{L}*|schön(?:heit|e[rns]?)?|nützlich|wahr)\b/iu },
  /* Would, could, did not: what was held against what. */
  { weight: 1, pattern: /\b(?:would(?:n['’]t)? (?:have|be|not|never)|would\b|could (?:have|not)|couldn['’]t|rather than|instead of|more than|even if|without (?:me|him|her|them|asking|being|having|a)|didn['’]t (?:want|know|have|need)|had never|had nothing|hätte|wäre|würde[n]?|könnte|konnte nicht|statt|anstatt|mehr als|auch wenn|ohne (?:mich|ihn|sie|zu)|wollte nicht)\b/iu },
  { weight: 1, pattern: /\b(?:he|she|they) (?:had|has|never|always|hardly|could(?:n['’]t| not)?|can(?:not|['’]t)?|still)\b|\b(?:er|sie) (?:hatte|hat|kann|konnte)\b|\b(?:trying to|would have had to)\b|\bhätten? .*(?:müssen|sollen)\b/iu },
  /* Its own subject is somebody else: a state that was looked at. */
  { weight: 0.5, pattern: /^(?:that )?(?:he|she|they|her|his|their|my (?:mother|father|sister|brother|son|daughter|friend|neighbou?r|aunt|uncle|grand\p{L}+|colleague|boss|partner|wife|husband|child|team|cousin)|the (?:boy|girl|child|children|kids|man|woman|team|client|customer|patient|students?|others|new \p{L}+|old \p{L}+)|er|sie|ihr\p{L}*|sein\p{L}*|mein\p{L}* \p{Lu}\p{L}+|die \p{Lu}\p{L}+|der \p{Lu}\p{L}+|das \p{Lu}\p{L}+)\b/iu },
  /* Mere going, doing, dates, and the person's word that they would do it again. */
  { weight: -1.5, pattern: /^(?:i|we|ich|wir)\s+(?:then |just |also |still |dann |einfach |auch )?(?:drove|went|walked|took|asked|said|told|changed|turned|sat|named|closed|handed|voted|learned|learnt|gave up|stepped|waited|bought|called|cancel+ed|cooked|made|moved|stayed|left|came|ran|sent|wrote|paid|got|put|gave|returned|booked|sold|flew|cleaned|fixed|helped|picked|carried|fuhr|ging|nahm|sagte|fragte|habe .*(?:gesagt|gefahren|gesetzt|gegeben|gefragt|behalten|abgesagt|gemacht)$|kaufte|rief|kochte|machte|blieb|kam|lief|schickte|schrieb|zahlte|bezahlte|gab|holte|half)\b/iu },
  { weight: -1.5, pattern: /\b(?:yesterday|last (?:week|month|year|night|summer|winter|spring|autumn|monday|tuesday|wednesday|thursday|friday|saturday|sunday)|this (?:morning|week)|on (?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)|\d+|gestern|letzte[nrs]? \p{Lu}\p{L}+|heute|am (?:montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag))\b/iu },
  { weight: -4, pattern: /\b(?:i['’]d do it again|i would do it again|would (?:do|choose|make) (?:it|the same|that|this) again|do the same again|würde (?:ich )?(?:es )?(?:wieder|genauso|noch einmal|das)|(?:wieder|genauso|noch einmal) (?:tun|machen))\b/iu }
]

/** A clause that gives a reason, or holds one thing against another, is likelier what the choice turned on. */
const reason = /\b(?:because|since|so that|although|though|even though|weil|damit|obwohl|denn|sodass)\b/iu

/* JavaScript's \b knows no letter beyond z: an "ängstlich" would begin nowhere. */
const border = String.raw`(?:(?<=[\p{L}\p{N}_])(?![\p{L}\p{N}_])|(?<![\p{L}\p{N}_])(?=[\p{L}\p{N}_]))`
const whole = ({ source, flags }: RegExp): RegExp => new RegExp(source.replaceAll(String.raw`\b`, border), flags)
/* Made when the first clause is weighed: they take longer than all else here, and few programs weigh any. */
let signs: readonly Cue[] | null = null

/** The weight of a clause; `joint`: what joined it to the one before. Rounded, so that sums compare alike everywhere. */
export function weigh(clause: string, joint: string): number {
  signs ??= cues().map(({ pattern, weight }) => ({ pattern: whole(pattern), weight }))
  const sum = signs.reduce((total, { pattern, weight }) => total + (pattern.test(clause) ? weight : 0), reason.test(joint) ? 1.5 : 0)
  return Math.round(sum * 2) / 2
}
