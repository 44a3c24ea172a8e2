package group

func spanish() language {
	return language{
		words: map[string]Verb{
			"ayuda": VerbHelp, "reglas": VerbRules, "normas": VerbRules, "unirme": VerbJoin, "unirse": VerbJoin, "salir": VerbLeave,
			"denunciar": VerbReport, "deshacer": VerbUndo, "aprobar": VerbApprove, "aceptar": VerbApprove, "rechazar": VerbRefuse,
			"quitar": VerbRemove, "eliminar": VerbRemove, "restaurar": VerbRestore, "cerrar": VerbLock, "abrir": VerbUnlock, "fijar": VerbPin,
			"desfijar": VerbUnpin, "expulsar": VerbBan, "readmitir": VerbUnban, "advertir": VerbWarn, "invitar": VerbInvite, "nombrar": VerbAppoint,
			"destituir": VerbDismiss, "describir": VerbDescribe, "pausar": VerbPause, "reanudar": VerbResume, "hecho": VerbDone,
			"espera": VerbWaiting, "registro": VerbLog, "misdatos": VerbMyData, "borrar": VerbErase, "sí": VerbYes, "si": VerbYes, "tormenta": VerbStorm,
		},
		because: []string{"porque", "por", "motivo:"},
		says: map[phrase]string{
			sayHelp: "Escríbeme una de estas palabras en un mensaje privado:\n\nreglas: las reglas de este grupo\nunirme: ser miembro\n" +
				"salir: dejar de serlo\ndenunciar ENLACE y por qué: avisar a la moderación de una publicación\n" +
				"deshacer: en respuesta a mi respuesta, deshace lo que hiciste\n" +
				"misdatos: lo que este grupo guarda sobre ti\nborrar: hacer que se borre\nayuda: esta lista",
			sayModHelp: "Para moderar, responde a mis mensajes con: aprobar, rechazar y por qué, quitar, hecho. O escribe:\n\n" +
				"espera: lo que espera una decisión\naprobar NÚMERO, rechazar NÚMERO por qué\nquitar ENLACE por qué, restaurar ENLACE\n" +
				"cerrar ENLACE, abrir ENLACE, fijar ENLACE, desfijar ENLACE\nexpulsar nombre@servidor 7d por qué, readmitir nombre@servidor\n" +
				"advertir nombre@servidor por qué\ninvitar nombre@servidor\nnombrar nombre@servidor, destituir nombre@servidor\npausar 2h, reanudar\n" +
				"describir y de qué trata el grupo\ntormenta sí, tormenta no: proteger el grupo de un ataque\nregistro: lo que se hizo últimamente\n\n" +
				"Escribe los nombres sin @ delante, para que tu mensaje no llegue a nadie más.",
			sayUnknown:   "Soy un grupo y no lo he entendido. Nadie lo ha leído.",
			sayNoRules:   "Este grupo no tiene reglas propias.",
			sayWhich:     "No sé de qué se trata. Responde a mi mensaje sobre ello, o escribe el enlace o el número tras la palabra.",
			sayNobody:    "No encuentro esa cuenta. Escríbela así: nombre@servidor",
			sayUndo:      "Para deshacerlo, responde a este mensaje con: deshacer",
			sayNoUndo:    "Eso no se puede deshacer así. Responde al mensaje en que dije lo que hiciste.",
			sayNoneWaits: "Nada espera una decisión.",
			sayHeld:      "Responde a este mensaje con: aprobar, o: rechazar y por qué. (O escribe: aprobar %d)",
			sayApplied:   "Responde a este mensaje con: aprobar, o: rechazar y por qué.",
			sayReported:  "Responde a este mensaje con: quitar, advertir o expulsar, con el motivo, o con: hecho.",
			sayWritten:   "Lo que se hizo últimamente está escrito aquí: ",
			sayData:      "Este grupo guarda sobre ti: %d publicaciones, %d votos, %d denuncias, y tu relación con él. Léelo todo aquí, una vez, en el plazo de un día:\n%s",
			sayDataSoon:  "Te envié un enlace hace poco. Usa ese, o pídelo otra vez en diez minutos.",
			sayErase:     "Esto borra tus publicaciones, votos, membresía y todo lo que este grupo guarda sobre ti, aquí y en los servidores a los que avisó. No se puede deshacer. Si lo quieres, responde a este mensaje con: sí",
			sayErased:    "Tus datos están borrados aquí. De %d servidores avisados, %d lo han confirmado.",
		},
		answers: map[Reason]string{
			ReasonJoined:        "Ahora eres miembro del grupo.",
			ReasonAlreadyMember: "Ya eres miembro del grupo.",
			ReasonLeft:          "Ya no eres miembro del grupo.",
			ReasonNotMember:     "No eres miembro del grupo; no había nada que hacer.",
			ReasonClosed:        "El grupo no admite a nadie por ahora.",
			ReasonInviteOnly:    "El grupo admite a quienes la moderación ha invitado.",
			ReasonCooling:       "Dejaste el grupo, o no fuiste admitido, hace poco. Vuelve a pedirlo más tarde.",
			ReasonApplied:       "La moderación decide sobre tu solicitud.",
			ReasonAsked:         "El grupo te ha enviado preguntas en privado. Respóndelas para unirte.",
			ReasonNotModerator:  "Solo la moderación del grupo puede hacer eso.",
			ReasonHigherRole:    "Solo los propietarios del grupo pueden hacer eso.",
			ReasonLastOwner:     "Un grupo necesita un propietario. Cédelo primero.",
			ReasonUnknownPost:   "El grupo no conoce esa publicación. Escribe su enlace, o responde a mi mensaje sobre ella.",
			ReasonGone:          "La publicación ya está borrada.",
			ReasonNothingToDo:   "No había nada que hacer: ya es así.",
			ReasonByModerator:   "La publicación está retirada.",
			ReasonRestored:      "La publicación se ve de nuevo.",
			ReasonLock:          "El hilo ya no admite comentarios.",
			ReasonUnlock:        "El hilo admite comentarios de nuevo.",
			ReasonPinned:        "El hilo está ahora arriba.",
			ReasonUnpinned:      "El hilo ya no está arriba.",
			ReasonBannedNow:     "La cuenta está expulsada.",
			ReasonUnbanned:      "La cuenta ya no está expulsada.",
			ReasonBanned:        "Esa cuenta está expulsada de este grupo.",
			ReasonWarned:        "La cuenta está advertida.",
			ReasonInvited:       "La cuenta está invitada.",
			ReasonUninvited:     "La invitación está retirada.",
			ReasonAppointed:     "La cuenta modera ahora.",
			ReasonDismissed:     "La cuenta ya no modera.",
			ReasonDescribed:     "Eso dice ahora el grupo de sí mismo.",
			ReasonPausedNow:     "El grupo está en pausa; solo publica la moderación.",
			ReasonResumed:       "El grupo ya no está en pausa.",
			ReasonApproved:      "La publicación se ve ahora.",
			ReasonNotApproved:   "La publicación no se muestra, y su autor lo sabe.",
			ReasonChanged:       "La publicación ha cambiado entretanto. Mírala otra vez y decide.",
			ReasonNothingWaits:  "Ahí ya no espera nada: alguien ha decidido, o su autor la ha retirado.",
			ReasonAdmitted:      "La cuenta es miembro ahora.",
			ReasonTurnedDown:    "La cuenta no es admitida, y lo sabe.",
			ReasonNotWaiting:    "La cuenta no lo ha pedido, o alguien ya ha decidido.",
			ReasonReported:      "Gracias. La moderación ve tu denuncia.",
			ReasonDuplicate:     "Ya lo has denunciado.",
			ReasonStormNow:      "El grupo está protegido: solo publican los miembros, nadie nuevo entra y las primeras publicaciones esperan.",
			ReasonCalm:          "La tormenta ha pasado; todo está como antes.",
			ReasonAllErased:     "Todo lo que este grupo guardaba sobre ti está borrado. Escribe otra vez «borrar» para saber cuántos servidores lo han confirmado.",
			ReasonResolved:      "La denuncia está resuelta.",
		},
	}
}
