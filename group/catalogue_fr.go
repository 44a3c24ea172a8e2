package group

func french() language {
	return language{
		words: map[string]Verb{
			"aide": VerbHelp, "règles": VerbRules, "regles": VerbRules, "rejoindre": VerbJoin, "quitter": VerbLeave, "signaler": VerbReport,
			"annuler": VerbUndo, "approuver": VerbApprove, "accepter": VerbApprove, "refuser": VerbRefuse, "retirer": VerbRemove,
			"supprimer": VerbRemove, "rétablir": VerbRestore, "retablir": VerbRestore, "verrouiller": VerbLock, "déverrouiller": VerbUnlock,
			"épingler": VerbPin, "désépingler": VerbUnpin, "bannir": VerbBan, "débannir": VerbUnban, "avertir": VerbWarn, "inviter": VerbInvite,
			"nommer": VerbAppoint, "révoquer": VerbDismiss, "décrire": VerbDescribe, "reprendre": VerbResume, "fait": VerbDone,
			"attente": VerbWaiting, "journal": VerbLog, "suspendre": VerbPause, "mesdonnées": VerbMyData, "effacer": VerbErase, "oui": VerbYes, "tempête": VerbStorm,
		},
		because: []string{"parce que", "parce qu'", "car", "pour", "motif :", "motif:"},
		says: map[phrase]string{
			sayHelp: "Écrivez-moi l'un de ces mots en message privé :\n\nrègles : les règles de ce groupe\nrejoindre : devenir membre\n" +
				"quitter : ne plus l'être\nsignaler LIEN et pourquoi : signaler une publication à la modération\n" +
				"annuler : en réponse à ma réponse, annule ce que vous avez fait\n" +
				"mesdonnées : ce que ce groupe garde sur vous\neffacer : le faire effacer\naide : cette liste",
			sayModHelp: "Pour modérer, répondez à mes messages par : approuver, refuser et pourquoi, retirer, fait. Ou écrivez :\n\n" +
				"attente : ce qui attend une décision\napprouver NUMÉRO, refuser NUMÉRO pourquoi\nretirer LIEN pourquoi, rétablir LIEN\n" +
				"verrouiller LIEN, déverrouiller LIEN, épingler LIEN, désépingler LIEN\nbannir nom@serveur 7j pourquoi, débannir nom@serveur\n" +
				"avertir nom@serveur pourquoi\ninviter nom@serveur\nnommer nom@serveur, révoquer nom@serveur\nsuspendre 2h, reprendre\n" +
				"décrire et le sujet du groupe\ntempête oui, tempête non : protéger le groupe d'une attaque\njournal : ce qui a été fait récemment\n\n" +
				"Écrivez les noms sans @ devant, pour que votre message n'aille à personne d'autre.",
			sayUnknown:   "Je suis un groupe et je n'ai pas compris. Personne ne l'a lu.",
			sayNoRules:   "Ce groupe n'a pas de règles à lui.",
			sayWhich:     "Je ne sais pas de quoi il s'agit. Répondez à mon message à ce sujet, ou écrivez le lien ou le numéro après le mot.",
			sayNobody:    "Je ne trouve pas ce compte. Écrivez-le ainsi : nom@serveur",
			sayUndo:      "Pour annuler, répondez à ce message par : annuler",
			sayNoUndo:    "Cela ne s'annule pas ainsi. Répondez au message où j'ai dit ce que vous avez fait.",
			sayNoneWaits: "Rien n'attend de décision.",
			sayHeld:      "Répondez à ce message par : approuver, ou : refuser et pourquoi. (Ou écrivez : approuver %d)",
			sayApplied:   "Répondez à ce message par : approuver, ou : refuser et pourquoi.",
			sayReported:  "Répondez à ce message par : retirer, avertir ou bannir, avec le motif, ou par : fait.",
			sayWritten:   "Ce qui a été fait récemment est écrit ici : ",
			sayData:      "Ce groupe garde sur vous : %d publications, %d votes, %d signalements, et votre lien avec lui. Lisez tout ici, une fois, dans la journée :\n%s",
			sayDataSoon:  "Je vous ai envoyé un lien il y a peu. Utilisez celui-là, ou redemandez dans dix minutes.",
			sayErase:     "Ceci efface vos publications, vos votes, votre adhésion et tout ce que ce groupe garde sur vous, ici et sur les serveurs qu'il a informés. Cela ne s'annule pas. Si vous le voulez, répondez à ce message par : oui",
			sayErased:    "Vos données sont effacées ici. Sur %d serveurs informés, %d ont confirmé.",
		},
		answers: map[Reason]string{
			ReasonJoined:        "Vous êtes maintenant membre du groupe.",
			ReasonAlreadyMember: "Vous êtes déjà membre du groupe.",
			ReasonLeft:          "Vous n'êtes plus membre du groupe.",
			ReasonNotMember:     "Vous n'êtes pas membre du groupe ; il n'y avait rien à faire.",
			ReasonClosed:        "Le groupe n'accueille personne en ce moment.",
			ReasonInviteOnly:    "Le groupe accueille les personnes que la modération a invitées.",
			ReasonCooling:       "Vous avez quitté le groupe, ou n'avez pas été admis, il y a peu. Redemandez plus tard.",
			ReasonApplied:       "La modération décide de votre demande.",
			ReasonAsked:         "Le groupe vous a envoyé des questions en privé. Répondez-y pour rejoindre le groupe.",
			ReasonNotModerator:  "Seule la modération du groupe peut faire cela.",
			ReasonHigherRole:    "Seuls les propriétaires du groupe peuvent faire cela.",
			ReasonLastOwner:     "Un groupe a besoin d'un propriétaire. Transmettez-le d'abord.",
			ReasonUnknownPost:   "Le groupe ne connaît pas cette publication. Écrivez son lien, ou répondez à mon message à ce sujet.",
			ReasonGone:          "La publication est déjà supprimée.",
			ReasonNothingToDo:   "Il n'y avait rien à faire : c'est déjà ainsi.",
			ReasonByModerator:   "La publication est retirée.",
			ReasonRestored:      "La publication est de nouveau visible.",
			ReasonLock:          "Le fil n'accepte plus de commentaires.",
			ReasonUnlock:        "Le fil accepte de nouveau les commentaires.",
			ReasonPinned:        "Le fil est maintenant en tête.",
			ReasonUnpinned:      "Le fil n'est plus en tête.",
			ReasonBannedNow:     "Le compte est banni.",
			ReasonUnbanned:      "Le compte n'est plus banni.",
			ReasonBanned:        "Ce compte est banni de ce groupe.",
			ReasonWarned:        "Le compte est averti.",
			ReasonInvited:       "Le compte est invité.",
			ReasonUninvited:     "L'invitation est annulée.",
			ReasonAppointed:     "Le compte modère maintenant.",
			ReasonDismissed:     "Le compte ne modère plus.",
			ReasonDescribed:     "C'est ce que le groupe dit maintenant de lui.",
			ReasonPausedNow:     "Le groupe est suspendu ; seule la modération publie.",
			ReasonResumed:       "Le groupe n'est plus suspendu.",
			ReasonApproved:      "La publication est maintenant visible.",
			ReasonNotApproved:   "La publication n'est pas montrée, et son auteur en est informé.",
			ReasonChanged:       "La publication a changé entre-temps. Relisez-la, puis décidez.",
			ReasonNothingWaits:  "Rien n'attend plus : quelqu'un a déjà décidé, ou la publication a été retirée par son auteur.",
			ReasonAdmitted:      "Le compte est maintenant membre.",
			ReasonTurnedDown:    "Le compte n'est pas admis, et en est informé.",
			ReasonNotWaiting:    "Le compte n'a rien demandé, ou quelqu'un a déjà décidé.",
			ReasonReported:      "Merci. La modération voit votre signalement.",
			ReasonDuplicate:     "Vous l'avez déjà signalé.",
			ReasonStormNow:      "Le groupe est protégé : seuls les membres publient, personne n'entre, les premières publications attendent.",
			ReasonCalm:          "La tempête est passée ; tout est comme avant.",
			ReasonAllErased:     "Tout ce que ce groupe gardait sur vous est effacé. Écrivez encore « effacer » pour savoir combien de serveurs ont confirmé.",
			ReasonResolved:      "Le signalement est traité.",
		},
	}
}
