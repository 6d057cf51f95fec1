"""Stored files have no address of their own: each module serves those it refers to, after deciding who may see them."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
