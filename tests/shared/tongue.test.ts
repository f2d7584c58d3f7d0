import { describe, expect, it } from 'vitest'
import { isForeign, isGerman } from '../../shared/tongue.ts'

describe('words in another language than English', () => {
  it.each([
    ['German', 'Ein Freund fragt, was du von ihrem Bild hältst. Die Wahrheit würde wehtun.'],
    ['French', 'Mon ami me demande de mentir pour lui.'],
    ['Spanish', 'Un amigo me pide dinero y no sé si puedo confiar en él.'],
    ['Italian', 'Mi amico chiede un consiglio e non so che cosa dire.'],
    ['Portuguese', 'Minha mãe quer que eu volte para casa, mas não posso.'],
    ['Dutch', 'Mijn vriend vraagt of ik hem wil helpen met verhuizen.'],
    ['Swedish', 'Min vän frågar om jag vill hjälpa till att flytta'],
    ['Polish', 'Mój przyjaciel prosi mnie o pożyczkę, ale nie wiem, czy mogę mu zaufać.'],
    ['Turkish', 'Arkadaşım benden para istiyor ve ne yapacağımı bilmiyorum'],
    ['Indonesian', 'Teman saya minta uang dan saya tidak tahu apa yang harus dilakukan'],
    ['Finnish', 'Ystäväni pyytää rahaa, mutta en tiedä voinko luottaa häneen'],
    ['Russian', 'Друг просит у меня денег'],
    ['Japanese', '友達がお金を貸してほしいと言う'],
    ['Korean', '친구가 돈을 빌려 달라고 한다'],
    ['Arabic', 'صديق يطلب مني المال']
  ])('are told by their script or their small words: %s', (_, text) => {
    expect(isForeign(text)).toBe(true)
  })

  it.each([
    'A friend asks what you think of her painting. The truth would hurt.',
    'MOMENTS where my friend says the thing nobody else will',
    'zeal', 'no', 'ten men in a van', 'looking like a pro', '', ' \n', '12 + 30 = 42', '🙂🙂',
    'She said "die Wahrheit ist schön" and left the room before anyone could answer her.',
    'the señora at the café, and Doña Blanca from Quito’s La Tola'
  ])('are not found in English: %j', (text) => {
    expect(isForeign(text)).toBe(false)
  })

  it('are not guessed from a word or two that could stand anywhere', () => {
    for (const text of ['Ehrlichkeit', 'amor', 'C’est la vie', 'carpe diem']) expect(isForeign(text)).toBe(false)
  })

  it('are German where its small words outnumber those of every other language', () => {
    for (const text of ['Ein Freund fragt, was du von ihrem Bild hältst.', 'Deine Mutter ist krank, und du hast Karten für das Konzert.']) expect(isGerman(text), text).toBe(true)
    for (const text of ['Mijn vriend vraagt of ik hem wil helpen met verhuizen.', 'Mon ami me demande de mentir pour lui.', 'Her friend said „und die“ and left.', 'Krankheit', '']) expect(isGerman(text), text).toBe(false)
  })

  it('are found in a long text without long thought', () => {
    expect(isForeign('und der die das nicht '.repeat(5_000))).toBe(true)
    expect(isForeign('and the of not a '.repeat(5_000))).toBe(false)
  })
})
