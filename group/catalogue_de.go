package group

func german() language {
	return language{
		words: map[string]Verb{
			"hilfe": VerbHelp, "regeln": VerbRules, "beitreten": VerbJoin, "mitmachen": VerbJoin, "austreten": VerbLeave, "verlassen": VerbLeave,
			"melden": VerbReport, "rückgängig": VerbUndo, "zurücknehmen": VerbUndo, "annehmen": VerbApprove, "freigeben": VerbApprove,
			"ablehnen": VerbRefuse, "entfernen": VerbRemove, "löschen": VerbRemove, "wiederherstellen": VerbRestore, "sperren": VerbBan,
			"entsperren": VerbUnban, "schließen": VerbLock, "öffnen": VerbUnlock, "anheften": VerbPin, "loslösen": VerbUnpin, "verwarnen": VerbWarn,
			"einladen": VerbInvite, "ernennen": VerbAppoint, "entlassen": VerbDismiss, "beschreiben": VerbDescribe, "fortsetzen": VerbResume,
			"erledigt": VerbDone, "wartend": VerbWaiting, "warteschlange": VerbWaiting, "protokoll": VerbLog, "pausieren": VerbPause, "meinedaten": VerbMyData, "auslöschen": VerbErase, "ja": VerbYes, "sturm": VerbStorm,
		},
		because: []string{"weil", "wegen", "grund:"},
		says: map[phrase]string{
			sayHelp: "Schreib mir eines davon in einer privaten Nachricht:\n\nregeln: die Regeln dieser Gruppe\nbeitreten: Mitglied werden\n" +
				"austreten: es nicht mehr sein\nmelden LINK und warum: den Moderierenden einen Beitrag melden\n" +
				"rückgängig: als Antwort auf meine Antwort, nimmt zurück, was du getan hast\n" +
				"meinedaten: was diese Gruppe über dich weiß\nauslöschen: es löschen lassen\nhilfe: diese Liste",
			sayModHelp: "Als Moderator antworte auf meine Nachrichten mit: annehmen, ablehnen und warum, entfernen, erledigt. Oder schreib:\n\n" +
				"wartend: was auf eine Entscheidung wartet\nannehmen NUMMER, ablehnen NUMMER warum\nentfernen LINK warum, wiederherstellen LINK\n" +
				"schließen LINK, öffnen LINK, anheften LINK, loslösen LINK\nsperren name@server 7d warum, entsperren name@server\n" +
				"verwarnen name@server warum\neinladen name@server\nernennen name@server, entlassen name@server\npausieren 2h, fortsetzen\n" +
				"beschreiben und worum es in der Gruppe geht\nsturm an, sturm aus: die Gruppe vor einem Angriff schützen\nprotokoll: was zuletzt getan wurde\n\n" +
				"Schreib Namen ohne @ davor, damit deine Nachricht an niemanden sonst geht.",
			sayUnknown:   "Ich bin eine Gruppe und habe das nicht verstanden. Niemand hat es gelesen.",
			sayNoRules:   "Diese Gruppe hat keine eigenen Regeln.",
			sayWhich:     "Ich weiß nicht, worum es geht. Antworte auf meine Nachricht dazu, oder schreib den Link oder die Nummer hinter das Wort.",
			sayNobody:    "Dieses Konto finde ich nicht. Schreib es so: name@server",
			sayUndo:      "Um es zurückzunehmen, antworte auf diese Nachricht mit: rückgängig",
			sayNoUndo:    "Das lässt sich so nicht zurücknehmen. Antworte auf die Nachricht, in der ich gesagt habe, was du getan hast.",
			sayNoneWaits: "Nichts wartet auf eine Entscheidung.",
			sayHeld:      "Antworte auf diese Nachricht mit: annehmen, oder: ablehnen und warum. (Oder schreib: annehmen %d)",
			sayApplied:   "Antworte auf diese Nachricht mit: annehmen, oder: ablehnen und warum.",
			sayReported:  "Antworte auf diese Nachricht mit: entfernen, verwarnen oder sperren, je mit dem Grund, oder mit: erledigt.",
			sayWritten:   "Was zuletzt getan wurde, steht hier: ",
			sayData:      "Diese Gruppe weiß von dir: %d Beiträge, %d Stimmen, %d Meldungen, und wie du zu ihr stehst. Alles liest du hier, einmal, innerhalb eines Tages:\n%s",
			sayDataSoon:  "Ich habe dir gerade erst einen Link geschickt. Nimm den, oder frag in zehn Minuten noch einmal.",
			sayErase:     "Das löscht deine Beiträge, Stimmen, Mitgliedschaft und was diese Gruppe sonst von dir weiß, hier und auf den Servern, denen sie davon erzählt hat. Es lässt sich nicht zurücknehmen. Wenn du das willst, antworte auf diese Nachricht mit: ja",
			sayErased:    "Deine Daten sind hier gelöscht. Von %d Servern, die es erfahren, haben %d bestätigt.",
		},
		answers: map[Reason]string{
			ReasonJoined:        "Du bist jetzt Mitglied der Gruppe.",
			ReasonAlreadyMember: "Du bist schon Mitglied der Gruppe.",
			ReasonLeft:          "Du bist nicht mehr Mitglied der Gruppe.",
			ReasonNotMember:     "Du bist kein Mitglied der Gruppe; es gab nichts zu tun.",
			ReasonClosed:        "Die Gruppe nimmt zurzeit niemanden auf.",
			ReasonInviteOnly:    "Die Gruppe nimmt auf, wen die Moderierenden eingeladen haben.",
			ReasonCooling:       "Du hast die Gruppe vor Kurzem verlassen oder wurdest abgelehnt. Frag später noch einmal.",
			ReasonApplied:       "Die Moderierenden entscheiden über deine Anfrage.",
			ReasonAsked:         "Die Gruppe hat dir eine private Nachricht mit Fragen geschickt. Antworte darauf, um beizutreten.",
			ReasonNotModerator:  "Das dürfen nur die Moderierenden der Gruppe.",
			ReasonHigherRole:    "Das darf nur, wem die Gruppe gehört.",
			ReasonLastOwner:     "Eine Gruppe braucht jemanden, dem sie gehört. Gib sie zuerst weiter.",
			ReasonUnknownPost:   "Diesen Beitrag kennt die Gruppe nicht. Schreib den Link, oder antworte auf meine Nachricht dazu.",
			ReasonGone:          "Der Beitrag ist schon gelöscht.",
			ReasonNothingToDo:   "Es gab nichts zu tun: es ist schon so.",
			ReasonByModerator:   "Der Beitrag ist entfernt.",
			ReasonRestored:      "Der Beitrag ist wieder da.",
			ReasonLock:          "Das Thema nimmt keine Kommentare mehr an.",
			ReasonUnlock:        "Das Thema nimmt wieder Kommentare an.",
			ReasonPinned:        "Das Thema steht jetzt oben.",
			ReasonUnpinned:      "Das Thema steht nicht mehr oben.",
			ReasonBannedNow:     "Das Konto ist gesperrt.",
			ReasonUnbanned:      "Das Konto ist nicht mehr gesperrt.",
			ReasonBanned:        "Dieses Konto ist in dieser Gruppe gesperrt.",
			ReasonWarned:        "Das Konto ist verwarnt.",
			ReasonInvited:       "Das Konto ist eingeladen.",
			ReasonUninvited:     "Die Einladung ist zurückgenommen.",
			ReasonAppointed:     "Das Konto moderiert jetzt.",
			ReasonDismissed:     "Das Konto moderiert nicht mehr.",
			ReasonDescribed:     "Das sagt die Gruppe jetzt von sich.",
			ReasonPausedNow:     "Die Gruppe ist pausiert; nur die Moderierenden schreiben.",
			ReasonResumed:       "Die Gruppe ist nicht mehr pausiert.",
			ReasonApproved:      "Der Beitrag wird jetzt gezeigt.",
			ReasonNotApproved:   "Der Beitrag wird nicht gezeigt; wer ihn schrieb, erfährt es.",
			ReasonChanged:       "Der Beitrag wurde inzwischen geändert. Sieh ihn noch einmal an und entscheide dann.",
			ReasonNothingWaits:  "Da wartet nichts mehr: Jemand hat schon entschieden, oder der Beitrag wurde zurückgezogen.",
			ReasonAdmitted:      "Das Konto ist jetzt Mitglied.",
			ReasonTurnedDown:    "Das Konto ist abgelehnt und erfährt es.",
			ReasonNotWaiting:    "Das Konto hat nicht gefragt, oder jemand hat schon entschieden.",
			ReasonReported:      "Danke. Die Moderierenden sehen deine Meldung.",
			ReasonDuplicate:     "Das hast du schon gemeldet.",
			ReasonStormNow:      "Die Gruppe ist geschützt: Nur Mitglieder schreiben, niemand Neues kommt dazu, erste Beiträge warten.",
			ReasonCalm:          "Der Sturm ist vorbei; alles ist wie zuvor.",
			ReasonAllErased:     "Alles, was diese Gruppe von dir wusste, ist gelöscht. Schreib noch einmal „auslöschen“, um zu hören, wie viele Server bestätigt haben.",
			ReasonResolved:      "Die Meldung ist erledigt.",
		},
	}
}
